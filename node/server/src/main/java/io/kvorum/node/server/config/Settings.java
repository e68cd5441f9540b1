package io.kvorum.node.server.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// The values that hold, each from the source that wins, and what there is to say about the rest.
///
/// A flag beats its environment variable. With a configuration file everything else is ignored, and
/// a notice names what was.
final class Settings {

  private static final String VERSION_VARIABLE = "ETCD_VERSION";
  private static final String ARCHITECTURE_VARIABLE = "ETCD_UNSUPPORTED_ARCH";

  private final Map<String, Given> given = new LinkedHashMap<>();
  private final List<Notice> notices = new ArrayList<>();
  private final Map<String, Boolean> gates = new LinkedHashMap<>();

  private final Function<String, Flag<?>> table;

  private Settings(Function<String, Flag<?>> table) {
    this.table = table;
  }

  /// Those of a program that is told by its command line alone.
  ///
  /// @param table the flags that it has
  static Settings gather(Map<String, Given> commandLine, Function<String, Flag<?>> table) {
    var settings = new Settings(table);
    settings.given.putAll(commandLine);
    settings.judgeStandings();
    return settings;
  }

  static Settings gather(Map<String, Given> commandLine, Map<String, String> environment) {
    var settings = new Settings(FlagTable::named);
    Map<String, Given> variables = settings.variables(environment);
    Given file = commandLine.getOrDefault("config-file", variables.get("config-file"));
    if (file != null && !file.text().isEmpty()) {
      settings.noteIgnored(file, commandLine, variables);
      settings.given.putAll(ConfigFile.read(file.text()));
    } else {
      settings.noteShadowed(commandLine, variables);
      settings.given.putAll(variables);
      settings.given.putAll(commandLine);
    }
    settings.moveOldNames();
    settings.judgeStandings();
    settings.judgeGates();
    return settings;
  }

  /// The value of a flag: what was given, or its default.
  <T> T value(Flag<T> flag) {
    Given text = given.get(flag.name());
    return text == null ? flag.defaultValue() : parse(flag, text);
  }

  boolean isSet(Flag<?> flag) {
    return given.containsKey(flag.name());
  }

  /// How a message names the flag: as the one who set it wrote it.
  String subject(Flag<?> flag) {
    Given text = given.get(flag.name());
    return text == null ? "--" + flag.name() : text.subject(flag);
  }

  List<Notice> notices() {
    return notices;
  }

  private Map<String, Given> variables(Map<String, String> environment) {
    var variables = new LinkedHashMap<String, Given>();
    for (Flag<?> flag : FlagTable.all()) {
      String text = environment.get(flag.environmentName());
      if (text != null && !text.isEmpty() && !flag.environmentName().equals(VERSION_VARIABLE)) {
        variables.put(flag.name(), new Given(text, new Given.Source.Environment()));
      }
    }
    environment.keySet().stream()
        .filter(name -> name.startsWith(Flag.ENVIRONMENT_PREFIX))
        .filter(name -> !name.equals(VERSION_VARIABLE) && !name.equals(ARCHITECTURE_VARIABLE))
        .filter(name -> FlagTable.all().stream().noneMatch(f -> f.environmentName().equals(name)))
        .sorted()
        .forEach(name -> notices.add(Notice.warning("unrecognized environment variable " + name)));
    return variables;
  }

  private void noteIgnored(
      Given file, Map<String, Given> commandLine, Map<String, Given> variables) {
    var ignored = new ArrayList<String>();
    commandLine.forEach((name, text) -> addIgnored(ignored, name, text));
    variables.forEach((name, text) -> addIgnored(ignored, name, text));
    if (!ignored.isEmpty()) {
      notices.add(
          Notice.warning(
              "the configuration file "
                  + file.text()
                  + " holds the whole configuration; ignored: "
                  + String.join(", ", ignored)));
    }
  }

  private static void addIgnored(List<String> ignored, String name, Given text) {
    if (!name.equals("config-file")) {
      ignored.add(text.subject(FlagTable.named(name)));
    }
  }

  private void noteShadowed(Map<String, Given> commandLine, Map<String, Given> variables) {
    for (String name : variables.keySet()) {
      if (commandLine.containsKey(name)) {
        notices.add(
            Notice.information(
                "--"
                    + name
                    + " is set and wins over the environment variable "
                    + FlagTable.named(name).environmentName()));
      }
    }
  }

  private void moveOldNames() {
    for (var entry : List.copyOf(given.entrySet())) {
      String name = entry.getKey();
      Given text = entry.getValue();
      Flag<?> flag = FlagTable.named(name);
      if (flag.standing() instanceof Standing.Renamed(String to)) {
        if (given.containsKey(to)) {
          throw StartFailure.configuration(
              "--" + name + " is the old name of --" + to + ": set only --" + to);
        }
        given.put(to, text);
        given.remove(name);
        notices.add(
            Notice.warning(text.subject(flag) + " is deprecated, use --" + to + " instead"));
      }
    }
  }

  private void judgeStandings() {
    given.forEach((name, text) -> judge(table.apply(name), text));
  }

  private <T> void judge(Flag<T> flag, Given text) {
    T value = parse(flag, text);
    switch (flag.standing()) {
      case Standing.Works(), Standing.Renamed(_) -> {}
      case Standing.NoEffect(String why) -> {
        if (!value.equals(flag.defaultValue())) {
          notices.add(Notice.warning(text.subject(flag) + " has no effect: " + why));
        }
      }
      case Standing.Refused(String why) -> {
        if (!value.equals(flag.defaultValue())) {
          throw StartFailure.configuration(
              text.subject(flag) + "=" + text.text() + " is not supported: " + why);
        }
      }
      case Standing.Gate(String gate) -> {
        gates.put(gate, (Boolean) value);
        notices.add(
            Notice.warning(
                text.subject(flag)
                    + " is deprecated, use --feature-gates="
                    + gate
                    + "="
                    + value
                    + " instead"));
      }
    }
  }

  private void judgeGates() {
    Given text = given.get(MemberFlags.FEATURE_GATES.name());
    if (text != null) {
      try {
        FeatureGates.parse(text.text())
            .forEach((gate, value) -> {
              if (gates.put(gate, value) != null) {
                throw new IllegalArgumentException(
                    gate + " is also set by its old experimental flag");
              }
            });
      } catch (IllegalArgumentException e) {
        throw invalid(MemberFlags.FEATURE_GATES, text, e);
      }
    }
    FeatureGates.refusals(gates).forEach(line -> notices.add(Notice.warning(line)));
  }

  private static <T> T parse(Flag<T> flag, Given text) {
    try {
      return flag.parse(text.text());
    } catch (IllegalArgumentException e) {
      throw invalid(flag, text, e);
    }
  }

  private static StartFailure invalid(Flag<?> flag, Given text, IllegalArgumentException e) {
    return StartFailure.configuration(
        "invalid value \"" + text.text() + "\" for " + text.subject(flag) + ": " + e.getMessage());
  }
}
