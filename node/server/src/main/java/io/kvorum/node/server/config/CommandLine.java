package io.kvorum.node.server.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The command line by the rules of Go's flag package: one or two dashes, `-name value` or
/// `-name=value`, a switch alone means true, the last of several wins.
///
/// @param help whether `-h` or `--help` stands in it; what follows is then not read
record CommandLine(Map<String, Given> given, boolean help) {

  static CommandLine parse(List<String> arguments) {
    return parse(arguments, FlagTable::find);
  }

  /// @param table finds the flags that may be given; null for a name that is none
  static CommandLine parse(List<String> arguments, Function<String, @Nullable Flag<?>> table) {
    var given = new LinkedHashMap<String, Given>();
    int at = 0;
    while (at < arguments.size()) {
      String argument = arguments.get(at++);
      if (argument.length() < 2 || argument.charAt(0) != '-') {
        throw StartFailure.configuration("'" + argument + "' is not a valid flag");
      }
      if (argument.equals("--")) {
        rejectRest(arguments, at);
        break;
      }
      String body = argument.substring(argument.charAt(1) == '-' ? 2 : 1);
      int equals = body.indexOf('=');
      String name = equals < 0 ? body : body.substring(0, equals);
      if (name.isEmpty() || name.charAt(0) == '-') {
        throw new StartFailure(ExitCode.UNKNOWN_FLAG, "bad flag syntax: " + argument);
      }
      Flag<?> flag = table.apply(name);
      if (flag == null) {
        if (name.equals("help") || name.equals("h")) {
          return new CommandLine(given, true);
        }
        throw new StartFailure(ExitCode.UNKNOWN_FLAG, "flag provided but not defined: -" + name);
      }
      String text;
      if (equals >= 0) {
        text = body.substring(equals + 1);
      } else if (FlagTable.isSwitch(flag)) {
        text = "true";
      } else if (at < arguments.size()) {
        text = arguments.get(at++);
      } else {
        throw StartFailure.configuration("flag needs an argument: -" + name);
      }
      given.put(name, new Given(text, new Given.Source.CommandLine()));
    }
    return new CommandLine(given, false);
  }

  private static void rejectRest(List<String> arguments, int at) {
    if (at < arguments.size()) {
      throw StartFailure.configuration("'" + arguments.get(at) + "' is not a valid flag");
    }
  }
}
