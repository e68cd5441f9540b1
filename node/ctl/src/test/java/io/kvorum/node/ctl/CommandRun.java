package io.kvorum.node.ctl;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// One command line run inside this JVM, with what it printed. All texts are raw, one character per
/// byte.
record CommandRun(int exitCode, String output, String errors) {

  static CommandRun of(List<String> words, String input, Map<String, String> environment) {
    var output = new ByteArrayOutputStream();
    var errors = new ByteArrayOutputStream();
    var console =
        new Console(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.ISO_8859_1)),
            new Output(output),
            new Output(errors),
            environment);
    ExitCode code = Ctl.run(words, console);
    return new CommandRun(
        code.number(),
        output.toString(StandardCharsets.ISO_8859_1),
        errors.toString(StandardCharsets.ISO_8859_1));
  }

  static CommandRun of(String... words) {
    return of(List.of(words), "", Map.of());
  }
}
