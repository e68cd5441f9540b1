package io.kvorum.node.ctl;

/// A way to print answers.
sealed interface Format permits PlainFormat, JsonFormat, FieldsFormat, TableFormat, WireFormat {

  void print(Answer answer) throws Failure, Output.Closed;

  static Format of(String name, boolean hex, Output output) {
    return switch (name) {
      case "simple" -> new PlainFormat(hex, output);
      case "json" -> new JsonFormat(hex, output);
      case "fields" -> new FieldsFormat(hex, output);
      case "table" -> new TableFormat(output);
      case "protobuf" -> new WireFormat(output);
      default -> throw new IllegalStateException("checked before: " + name);
    };
  }

  /// Refuses a name that is no format.
  static void check(String name) throws Failure {
    switch (name) {
      case "simple", "json", "fields", "table", "protobuf" -> {}
      default -> throw Failure.badFeature("unsupported output format");
    }
  }

  static Failure unsupported(String name) {
    return Failure.badFeature(name + " not supported as output format");
  }
}
