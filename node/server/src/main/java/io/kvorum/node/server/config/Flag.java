package io.kvorum.node.server.config;

import java.util.Locale;

/// One row of the table of flags: its name, how its text is read, and what the member makes of it.
///
/// `defaultText` is what stands in `--help`; it is parsed like a given text.
public record Flag<T>(
    String name,
    Group group,
    ValueType<T> type,
    String defaultText,
    String help,
    Standing standing) {

  /// The environment variable of this flag.
  public String environmentName() {
    return ENVIRONMENT_PREFIX + name.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  static final String ENVIRONMENT_PREFIX = "ETCD_";

  boolean isSwitch() {
    return type.equals(ValueType.SWITCH);
  }

  T parse(String text) {
    return type.parse(text);
  }

  T defaultValue() {
    return type.parse(defaultText);
  }

  static <T> Flag<T> works(
      String name, Group group, ValueType<T> type, String defaultText, String help) {
    return new Flag<>(name, group, type, defaultText, help, new Standing.Works());
  }

  static <T> Flag<T> noEffect(
      String name, Group group, ValueType<T> type, String defaultText, String why) {
    return new Flag<>(
        name, group, type, defaultText, "No effect: " + why + ".", new Standing.NoEffect(why));
  }

  static <T> Flag<T> refused(
      String name, Group group, ValueType<T> type, String defaultText, String why) {
    return new Flag<>(
        name, group, type, defaultText, "Not supported: " + why + ".", new Standing.Refused(why));
  }
}
