import { Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "react-hook-form";

import { $api, queries } from "@/api/client";
import { ProblemAlert } from "@/parts/ProblemAlert";

interface Credentials {
  email: string;
  password: string;
}

export function SignIn() {
  const { register, handleSubmit } = useForm<Credentials>();
  const signIn = $api.useMutation("post", "/v1/session", {
    onSuccess: () => {
      // what is kept of pages is of who was signed in here before
      queries.removeQueries({ type: "inactive" });
      return queries.invalidateQueries();
    },
  });
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder shadow="sm" p="xl" w={380}>
        <form onSubmit={handleSubmit((body) => signIn.mutate({ body }))}>
          <Stack>
            <Title order={1} size="h3">
              Sign in to Atlas
            </Title>
            <TextInput
              label="E-mail address"
              type="email"
              autoComplete="username"
              required
              autoFocus
              {...register("email")}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              required
              {...register("password")}
            />
            <ProblemAlert problem={signIn.error} />
            <Button type="submit" loading={signIn.isPending}>
              Sign in
            </Button>
            <Text size="sm" c="dimmed">
              The first start of Atlas prints a link by which the administrator sets a password;{" "}
              <code>atlas users link</code> prints another.
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
