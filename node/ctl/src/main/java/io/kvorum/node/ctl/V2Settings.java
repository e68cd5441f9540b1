package io.kvorum.node.ctl;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// What holds for every command of API v2.
record V2Settings(
    List<String> endpoints,
    boolean sync,
    boolean debug,
    String output,
    Duration timeout,
    Duration totalTimeout,
    Settings.Tls tls,
    Settings.Credentials credentials) {

  private static final String PREFIX = "ETCDCTL_";
  private static final String DEFAULT_ENDPOINTS = "http://127.0.0.1:2379,http://127.0.0.1:4001";
  private static final List<String> FORMATS = List.of("simple", "extended", "json");

  /// Flags that name endpoints, the first that is set counts; the later ones are of old.
  private static final List<String> ENDPOINT_FLAGS = List.of("endpoints", "endpoint", "peers");

  /// The flags of every command; they stand before it.
  static final List<Flag> FLAGS =
      List.of(
          Flag.toggle("debug", "show each request as a curl command on stderr"),
          Flag.toggle("no-sync", "ask the endpoints as given, not those the cluster publishes"),
          Flag.text("output", "simple", "output format: simple, extended or json").withLetter('o'),
          Flag.text("endpoints", "", "members to ask (default " + DEFAULT_ENDPOINTS + ")"),
          Flag.text("endpoint", "", "old name of --endpoints"),
          Flag.text("peers", "", "old name of --endpoints").withLetter('C'),
          Flag.text("discovery-srv", "", "domain whose SRV records list the members")
              .withLetter('D'),
          Flag.text("discovery-srv-name", "", "suffix of the names of these records"),
          Flag.toggle("insecure-discovery", "also take members that DNS lists without TLS"),
          Flag.text("cert-file", "", "the client's certificate (PEM)"),
          Flag.text("key-file", "", "the client's private key (PEM)"),
          Flag.text("ca-file", "", "verify servers with this bundle of CA certificates (PEM)"),
          Flag.text("username", "", "name[:password]; asks for the password when it is missing")
              .withLetter('u'),
          Flag.duration("timeout", "2s", "how long one attempt to connect may take"),
          Flag.duration("total-timeout", "5s", "how long a command may take, watches apart"));

  V2Settings {
    endpoints = List.copyOf(endpoints);
  }

  static V2Settings of(Flags flags, Console console) throws Failure, Output.Closed {
    for (Flag flag : FLAGS) {
      String variable = PREFIX + flag.name().replace('-', '_').toUpperCase(Locale.ROOT);
      String value = console.environment().getOrDefault(variable, "");
      if (!value.isEmpty() && !flags.isSet(flag.name())) {
        flags.set(flag, value, "environment variable " + variable);
      }
    }
    List<String> found = ServiceEndpoints.find(flags, console.errors());
    return new V2Settings(
        found.isEmpty() ? endpoints(flags) : found,
        !flags.on("no-sync"),
        flags.on("debug"),
        format(flags.text("output")),
        flags.duration("timeout"),
        flags.duration("total-timeout"),
        new Settings.Tls(
            flags.text("cert-file"),
            flags.text("key-file"),
            flags.text("ca-file"),
            false,
            false,
            ServiceEndpoints.serverName(flags)),
        credentials(flags.text("username"), console));
  }

  private static String format(String name) throws Failure {
    if (!FORMATS.contains(name)) {
      throw Failure.error("Unsupported output format: " + name);
    }
    return name;
  }

  private static List<String> endpoints(Flags flags) throws Failure {
    for (String flag : ENDPOINT_FLAGS) {
      List<String> named = flags.list(flag);
      if (!named.isEmpty()) {
        return checked(named);
      }
    }
    return List.of(DEFAULT_ENDPOINTS.split(",", -1));
  }

  /// URLs without a path; `host:port` alone is http.
  private static List<String> checked(List<String> endpoints) throws Failure {
    for (String endpoint : endpoints) {
      Endpoint.parse(endpoint);
    }
    return endpoints.stream().map(V2Settings::url).toList();
  }

  /// A base URL without the slash at its end.
  static String url(String endpoint) {
    String url = endpoint.contains("://") ? endpoint : "http://" + endpoint;
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  private static Settings.Credentials credentials(String user, Console console)
      throws Failure, Output.Closed {
    int colon = user.indexOf(':');
    if (user.isEmpty() || colon >= 0) {
      return new Settings.Credentials(
          colon < 0 ? "" : user.substring(0, colon), user.substring(colon + 1));
    }
    return new Settings.Credentials(user, Prompt.password(console));
  }
}
