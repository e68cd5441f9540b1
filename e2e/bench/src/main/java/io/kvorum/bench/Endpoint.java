package io.kvorum.bench;

/// Where a member serves clients.
record Endpoint(String host, int port) {

  private static final String SCHEME = "http://";
  private static final int MAX_PORT = 65_535;

  /// Reads `host:port`, with or without `http://`.
  static Endpoint parse(String text) {
    String address = text.startsWith(SCHEME) ? text.substring(SCHEME.length()) : text;
    int colon = address.lastIndexOf(':');
    try {
      int port = Integer.parseInt(address.substring(colon + 1));
      if (colon > 0 && port > 0 && port <= MAX_PORT && !address.contains("/")) {
        return new Endpoint(address.substring(0, colon), port);
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
