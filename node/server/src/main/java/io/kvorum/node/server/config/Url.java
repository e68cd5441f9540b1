package io.kvorum.node.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The URL of a listener or of a member: scheme, host and port, and nothing behind them.
///
/// `host` carries no brackets. Ids are hashes over the text, so the text is kept as it was given.
public record Url(String text, String scheme, String host, int port) implements Comparable<Url> {

  private static final int MAX_PORT = 65_535;

  /// Parses one URL.
  ///
  /// @throws IllegalArgumentException with what is wrong, in etcd's words where it has some
  public static Url parse(String given) {
    String text = given.strip();
    int colon = text.indexOf("://");
    String scheme = colon < 0 ? "" : text.substring(0, colon).toLowerCase(Locale.ROOT);
    switch (scheme) {
      case "http", "https" -> {}
      case "unix", "unixs" ->
          throw new IllegalArgumentException(
              "unix sockets are not supported, use http://127.0.0.1:<port>: " + text);
      case String _ ->
          throw new IllegalArgumentException(
              "URL scheme must be http, https, unix, or unixs: " + text);
    }
    String rest = text.substring(colon + 3);
    int end = firstOf(rest, "/?#");
    String authority = rest.substring(0, end);
    if (authority.indexOf('@') >= 0 || (end < rest.length() && rest.charAt(end) != '/')) {
      throw new IllegalArgumentException("URL must have only a scheme, a host and a port: " + text);
    }
    int portColon = authority.lastIndexOf(':');
    if (portColon < 0 || authority.endsWith("]")) {
      throw new IllegalArgumentException(
          "URL address does not have the form \"host:port\": " + text);
    }
    if (end < rest.length()) {
      throw new IllegalArgumentException("URL must not contain a path: " + text);
    }
    String host = unbracketed(authority.substring(0, portColon), text);
    return new Url(text, scheme, host, port(authority.substring(portColon + 1), text));
  }

  /// Parses a comma-separated list; the order does not matter to etcd, which sorts it.
  public static List<Url> parseList(String given) {
    var urls = new ArrayList<Url>();
    for (String part : given.split(",", -1)) {
      urls.add(parse(part));
    }
    urls.sort(null);
    return List.copyOf(urls);
  }

  /// The texts joined as a flag takes them.
  public static String join(List<Url> urls) {
    return String.join(",", urls.stream().map(Url::text).toList());
  }

  public boolean secure() {
    return scheme.equals("https");
  }

  /// This URL's scheme with another host, and the port of another URL.
  Url withHostAndPort(String newHost, Url other) {
    String bracketed = newHost.indexOf(':') >= 0 ? "[" + newHost + "]" : newHost;
    return new Url(scheme + "://" + bracketed + ":" + other.port, scheme, newHost, other.port);
  }

  @Override
  public int compareTo(Url other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }

  private static int firstOf(String text, String characters) {
    for (int i = 0; i < text.length(); i++) {
      if (characters.indexOf(text.charAt(i)) >= 0) {
        return i;
      }
    }
    return text.length();
  }

  private static String unbracketed(String host, String text) {
    boolean opened = host.startsWith("[");
    String bare = opened && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    if (bare.indexOf('[') >= 0 || bare.indexOf(']') >= 0 || (!opened && bare.indexOf(':') >= 0)) {
      throw new IllegalArgumentException(
          "URL address does not have the form \"host:port\" (an IPv6 address stands in brackets): "
              + text);
    }
    return bare;
  }

  private static int port(String digits, String text) {
    try {
      int port = Integer.parseInt(digits);
      if (port >= 0 && port <= MAX_PORT && !digits.startsWith("+")) {
        return port;
      }
    } catch (NumberFormatException _) {
      // Said below, with the URL.
    }
    throw new IllegalArgumentException("URL port must be a number from 0 to 65535: " + text);
  }
}
