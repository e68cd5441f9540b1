package io.kvorum.localkube.cel;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// How field names are written in CEL: Kubernetes escapes what is no identifier, or a keyword.
final class CelNames {

  private static final Pattern ESCAPABLE = Pattern.compile("[a-zA-Z_./-][a-zA-Z0-9_./-]*");

  private static final Set<String> RESERVED =
      Set.of(
          "true",
          "false",
          "null",
          "in",
          "as",
          "break",
          "const",
          "continue",
          "else",
          "for",
          "function",
          "if",
          "import",
          "let",
          "loop",
          "package",
          "namespace",
          "return",
          "var",
          "void",
          "while");

  private CelNames() {}

  /// The identifier of a field; empty when the field can't be reached from CEL.
  static Optional<String> of(String field) {
    if (RESERVED.contains(field)) {
      return Optional.of("__" + field + "__");
    }
    if (!ESCAPABLE.matcher(field).matches()) {
      return Optional.empty();
    }
    return Optional.of(
        field
            .replace("__", "__underscores__")
            .replace(".", "__dot__")
            .replace("-", "__dash__")
            .replace("/", "__slash__"));
  }
}
