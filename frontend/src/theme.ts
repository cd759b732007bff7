import { createTheme, type MantineColorsTuple } from "@mantine/core";

const petrol: MantineColorsTuple = [
  "#e8f7fa",
  "#d5eaef",
  "#a9d5de",
  "#7abfcd",
  "#54adbf",
  "#3ca2b6",
  "#2d9cb2",
  "#1b879c",
  "#07788c",
  "#00687b",
];

export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: { light: 8, dark: 5 },
  colors: { petrol },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  defaultRadius: "md",
  cursorType: "pointer",
  autoContrast: true,
});
