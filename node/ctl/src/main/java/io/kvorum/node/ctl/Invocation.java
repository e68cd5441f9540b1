package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One run of a command: its settings, flags and arguments, and what it opens on demand.
final class Invocation implements AutoCloseable {

  private final Settings settings;
  private final CommandLine line;
  private final Console console;
  private final Format format;
  private @Nullable Client client;

  Invocation(Settings settings, CommandLine line, Console console) {
    this.settings = settings;
    this.line = line;
    this.console = console;
    this.format = Format.of(settings.writeOut(), settings.hex(), console.output());
  }

  Settings settings() {
    return settings;
  }

  Flags flags() {
    return line.flags();
  }

  List<ByteString> arguments() {
    return line.arguments();
  }

  /// The arguments before `--`, all when there is none.
  List<ByteString> argumentsBeforeDash() {
    return line.arguments().subList(0, line.beforeDash());
  }

  /// The arguments behind `--`.
  List<ByteString> argumentsBehindDash() {
    return line.arguments().subList(line.beforeDash(), line.arguments().size());
  }

  /// An argument as text.
  String argument(int index) {
    return line.arguments().get(index).toStringUtf8();
  }

  Console console() {
    return console;
  }

  /// The connection to the store, opened when first asked for.
  Client client() throws Failure, Output.Closed {
    if (client == null) {
      client = Client.open(settings, console);
    }
    return client;
  }

  /// Prints an answer in the chosen format.
  void print(Answer answer) throws Failure, Output.Closed {
    format.print(answer);
  }

  /// Whether answers are printed in the plain format, which some commands add lines to.
  boolean plain() {
    return format instanceof PlainFormat;
  }

  boolean asFields() {
    return format instanceof FieldsFormat;
  }

  /// A lease's id from an argument or flag, in hexadecimal.
  static long leaseId(String text, String what) throws Failure {
    return switch (GoText.integer(text, 16)) {
      case GoText.Parsed.Value value -> value.number();
      case GoText.Parsed.Wrong wrong ->
          throw Failure.badArguments(
              "bad lease ID " + what + "(" + wrong.why() + "), expecting ID in Hex");
    };
  }

  /// All arguments as text, for messages.
  List<String> argumentTexts() {
    var texts = new ArrayList<String>();
    line.arguments().forEach(argument -> texts.add(argument.toStringUtf8()));
    return texts;
  }

  @Override
  public void close() {
    if (client != null) {
      client.close();
    }
  }
}
