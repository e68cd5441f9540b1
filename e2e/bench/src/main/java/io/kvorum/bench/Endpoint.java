package io.kvorum.bench;

/// Where a member serves clients.
///
/// @param secure whether its URL says that it speaks TLS
record Endpoint(String host, int port, boolean secure) {

  private static final String PLAIN = "http://";
  private static final String SECURE = "https://";
  private static final int MAX_PORT = 65_535;

  /// One that is not known to speak TLS.
  Endpoint(String host, int port) {
    this(host, port, false);
  }

  /// Reads `host:port`, with or without `http://` or `https://`.
  static Endpoint parse(String text) {
    boolean secure = text.startsWith(SECURE);
    String scheme = secure ? SECURE : PLAIN;
    String address = text.startsWith(scheme) ? text.substring(scheme.length()) : text;
    int colon = address.lastIndexOf(':');
    try {
      int port = Integer.parseInt(address.substring(colon + 1));
      if (colon > 0 && port > 0 && port <= MAX_PORT && !address.contains("/")) {
        return new Endpoint(address.substring(0, colon), port, secure);
      }
    } catch (NumberFormatException _) {
      // Falls through to the one message for all that is wrong with it.
    }
    throw new IllegalArgumentException(
        "--endpoints: '%s' is no endpoint; write host:port, as 127.0.0.1:2379".formatted(text));
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
