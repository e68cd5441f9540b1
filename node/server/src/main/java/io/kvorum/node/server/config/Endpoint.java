package io.kvorum.node.server.config;

import java.net.InetSocketAddress;

/// A place as flags name it: `host:port`, or a URL of `http` or `https`. `host` carries no
/// brackets; an empty one stands for every address of this machine.
public record Endpoint(Scheme scheme, String host, int port) {

  private static final int MAX_PORT = 65_535;

  /// What stands before the host.
  public enum Scheme {
    NONE,
    HTTP,
    HTTPS
  }

  /// Reads one.
  ///
  /// @throws IllegalArgumentException with what is wrong
  public static Endpoint parse(String given) {
    String text = given.strip();
    Scheme scheme = Scheme.NONE;
    int colon = text.indexOf("://");
    if (colon >= 0) {
      scheme =
          switch (text.substring(0, colon)) {
            case "http" -> Scheme.HTTP;
            case "https" -> Scheme.HTTPS;
            case String other ->
                throw new IllegalArgumentException(
                    "\"" + other + "\" is no scheme of an endpoint: use http, https or none");
          };
      text = text.substring(colon + 3);
      text = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }
    int end = text.lastIndexOf(':');
    if (end < 0 || text.endsWith("]")) {
      throw new IllegalArgumentException("expected host:port in " + given);
    }
    String host = text.substring(0, end);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0 || host.indexOf('/') >= 0) {
      throw new IllegalArgumentException("expected host:port in " + given);
    }
    return new Endpoint(scheme, host, port(text.substring(end + 1), given));
  }

  private static int port(String digits, String given) {
    if (digits.matches("[0-9]{1,5}") && Integer.parseInt(digits) <= MAX_PORT) {
      return Integer.parseInt(digits);
    }
    throw new IllegalArgumentException("expected a port from 0 to 65535 in " + given);
  }

  /// Host and port as they stand in a URL.
  public String authority() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  /// Where to listen.
  public InetSocketAddress listenAddress() {
    return host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return switch (scheme) {
      case NONE -> authority();
      case HTTP -> "http://" + authority();
      case HTTPS -> "https://" + authority();
    };
  }
}
