package io.kvorum.node.ctl;

/// Where a member serves clients. `text` is how the user wrote it, and how outputs name it.
record Endpoint(String text, String host, int port, boolean secure) {

  private static final int PORT_MAX = 65_535;

  /// Reads `host:port`, `http://host:port` or `https://host:port`; IPv6 hosts in brackets.
  static Endpoint parse(String text) throws Failure {
    String rest = text;
    boolean secure = false;
    int scheme = text.indexOf("://");
    if (scheme >= 0) {
      secure = text.startsWith("https://");
      if (!secure && !text.startsWith("http://")) {
        throw bad(text);
      }
      rest = text.substring(scheme + "://".length());
      int path = rest.indexOf('/');
      rest = path < 0 ? rest : rest.substring(0, path);
    }
    int colon = rest.lastIndexOf(':');
    if (colon < 0 || rest.endsWith("]")) {
      throw bad(text);
    }
    String host = rest.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw bad(text);
    }
    if (!(GoText.unsigned(rest.substring(colon + 1), 10) instanceof GoText.Parsed.Value port)
        || port.number() < 1
        || port.number() > PORT_MAX) {
      throw bad(text);
    }
    return new Endpoint(text, host.isEmpty() ? "localhost" : host, (int) port.number(), secure);
  }

  private static Failure bad(String text) {
    return Failure.badArguments(
        "bad endpoint %s: expected host:port, http://host:port or https://host:port"
            .formatted(GoText.quote(text)));
  }
}
