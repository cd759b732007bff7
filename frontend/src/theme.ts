import {
  Alert,
  createTheme,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  SegmentedControl,
  Modal,
  Notification,
} from "@mantine/core";

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

const CLOSE = { "aria-label": "Close" };

export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: 8,
  colors: { petrol },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  defaultRadius: "md",
  cursorType: "pointer",
  autoContrast: true,
  // a title in its alert's own colour is too faint on the alert's ground
  components: {
    // the cross of dialogs and notices says nothing by itself
    Modal: Modal.extend({ defaultProps: { closeButtonProps: CLOSE } }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: CLOSE } }),
    // its chosen part is darker than what the theme takes it for
    SegmentedControl: SegmentedControl.extend({ defaultProps: { autoContrast: false } }),
    Alert: Alert.extend({ styles: { label: { color: "var(--mantine-color-text)" } } }),
  },
});

/** Mantine's quiet text is too faint to be read by everybody (WCAG 2.2, 1.4.3). */
export const readable: CSSVariablesResolver = () => ({
  variables: {},
  light: { "--mantine-color-dimmed": "#555c63", "--mantine-color-placeholder": "#646b72" },
  dark: { "--mantine-color-dimmed": "#b0b4b8", "--mantine-color-placeholder": "#a0a4a8" },
});
