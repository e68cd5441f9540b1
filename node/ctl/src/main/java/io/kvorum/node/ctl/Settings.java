package io.kvorum.node.ctl;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// What holds for every command: which endpoints, how to reach them, how to print.
record Settings(
    List<Endpoint> endpoints,
    String writeOut,
    boolean hex,
    boolean debug,
    Duration dialTimeout,
    Duration commandTimeout,
    KeepAlive keepAlive,
    Limits limits,
    Tls tls,
    Credentials credentials) {

  /// How often an idle connection is probed, and how long an answer may take.
  record KeepAlive(Duration time, Duration timeout) {}

  /// The largest messages, in bytes.
  record Limits(int requestBytes, int responseBytes) {
    private static final long DEFAULT_REQUEST_BYTES = 2 << 20;

    private static Limits of(Flags flags) {
      long request = flags.number("max-request-bytes");
      long response = flags.number("max-recv-bytes");
      return new Limits(
          Math.clamp(request <= 0 ? DEFAULT_REQUEST_BYTES : request, 1, Integer.MAX_VALUE),
          Math.clamp(response <= 0 ? Integer.MAX_VALUE : response, 1, Integer.MAX_VALUE));
    }
  }

  /// Files of the client's side of TLS; an empty path is none.
  ///
  /// @param serverName what servers must be by their certificates; empty: the host of the endpoint
  record Tls(
      String certFile,
      String keyFile,
      String caFile,
      boolean skipVerify,
      boolean required,
      String serverName) {

    /// Whether connections are encrypted even when the endpoint does not say so.
    boolean wanted() {
      return required || !certFile.isEmpty() || !keyFile.isEmpty() || !caFile.isEmpty();
    }
  }

  /// `user` is `name` or `name:password`; empty: nobody.
  record Credentials(String user, String password) {}

  private static final String PREFIX = "ETCDCTL_";
  private static final Set<String> OTHER_VARIABLES =
      Set.of("ETCDCTL_API", "ETCDCTL_WATCH_KEY", "ETCDCTL_WATCH_RANGE_END");

  private static final List<Flag> OWN_FLAGS =
      List.of(
          new Flag(
              "endpoints",
              Flag.NO_LETTER,
              Flag.Kind.LIST,
              "127.0.0.1:2379",
              "members to ask: host:port or URL, the next one when one cannot be reached"),
          Flag.text("write-out", "simple", "output format: simple, json, fields, table or protobuf")
              .withLetter('w'),
          Flag.toggle("hex", "print keys and values as hexadecimal escapes"),
          Flag.duration("command-timeout", "5s", "how long a command may take, dialing included"),
          Flag.duration("dial-timeout", "2s", "how long one attempt to connect may take"),
          Flag.duration("keepalive-time", "2s", "how often an idle connection is probed"),
          Flag.duration("keepalive-timeout", "6s", "how long the answer to a probe may take"),
          Flag.number("max-request-bytes", "no larger request is sent; 0 is 2 MiB"),
          Flag.number("max-recv-bytes", "no larger response is taken; 0 is 2 GiB"),
          Flag.toggle("debug", "print settings and the client's log on stderr"),
          Flag.text("user", "", "name[:password]; asks for the password when it is missing"),
          Flag.text("password", "", "password of --user"),
          Flag.text("cacert", "", "verify servers with this bundle of CA certificates (PEM)"),
          Flag.text("cert", "", "the client's certificate (PEM)"),
          Flag.text("key", "", "the client's private key (PEM)"),
          new Flag(
              "insecure-transport",
              Flag.NO_LETTER,
              Flag.Kind.SWITCH,
              "true",
              "no TLS unless an endpoint or a certificate asks for it"),
          Flag.toggle("insecure-skip-tls-verify", "accept any server certificate (for tests)"));

  /// The flags of every command.
  static final List<Flag> FLAGS =
      Stream.concat(OWN_FLAGS.stream(), ServiceEndpoints.FLAGS.stream()).toList();

  Settings {
    endpoints = List.copyOf(endpoints);
  }

  /// The same with more time for each call.
  Settings within(Duration newCommandTimeout) {
    return new Settings(
        endpoints,
        writeOut,
        hex,
        debug,
        dialTimeout,
        newCommandTimeout,
        keepAlive,
        limits,
        tls,
        credentials);
  }

  /// The same ways with another store.
  Settings toward(List<Endpoint> others, Tls tls, Credentials credentials) {
    return new Settings(
        others,
        writeOut,
        hex,
        debug,
        dialTimeout,
        commandTimeout,
        keepAlive,
        limits,
        tls,
        credentials);
  }

  /// Reads the global flags; what the command line leaves open comes from the environment.
  static Settings of(Flags flags, Console console) throws Failure, Output.Closed {
    addEnvironment(flags, console);
    if (flags.on("debug")) {
      describe(flags, console.errors());
    }
    return new Settings(
        endpoints(flags, console.errors()),
        flags.text("write-out"),
        flags.on("hex"),
        flags.on("debug"),
        flags.duration("dial-timeout"),
        flags.duration("command-timeout"),
        new KeepAlive(flags.duration("keepalive-time"), flags.duration("keepalive-timeout")),
        Limits.of(flags),
        new Tls(
            flags.text("cert"),
            flags.text("key"),
            flags.text("cacert"),
            flags.on("insecure-skip-tls-verify"),
            !flags.on("insecure-transport"),
            ServiceEndpoints.serverName(flags)),
        new Credentials(flags.text("user"), flags.text("password")));
  }

  private static void addEnvironment(Flags flags, Console console) throws Failure, Output.Closed {
    var unknown = new TreeSet<String>();
    for (Map.Entry<String, String> entry : console.environment().entrySet()) {
      if (entry.getKey().startsWith(PREFIX) && !OTHER_VARIABLES.contains(entry.getKey())) {
        unknown.add(entry.getKey());
      }
    }
    for (Flag flag : FLAGS) {
      String variable = variable(flag);
      unknown.remove(variable);
      String value = console.environment().getOrDefault(variable, "");
      if (value.isEmpty()) {
        continue;
      }
      if (flags.isSet(flag.name())) {
        throw Failure.error(
            ("conflicting environment variable \"%s\" is shadowed by corresponding command-line "
                    + "flag (either unset environment variable or disable flag)")
                .formatted(variable));
      }
      flags.set(flag, value, "environment variable " + variable);
    }
    for (String variable : unknown) {
      console.errors().line("unrecognized environment variable " + variable);
    }
  }

  private static String variable(Flag flag) {
    return PREFIX + flag.name().replace('-', '_').toUpperCase(Locale.ROOT);
  }

  private static void describe(Flags flags, Output errors) throws Output.Closed {
    var lines = new TreeSet<String>();
    for (Flag flag : FLAGS) {
      String value = flag.name().equals("password") ? "" : flags.text(flag.name());
      lines.add(variable(flag) + "=" + (flag.kind() == Flag.Kind.LIST ? "[" + value + "]" : value));
    }
    for (String line : lines) {
      errors.line(line);
    }
  }

  private static List<Endpoint> endpoints(Flags flags, Output errors)
      throws Failure, Output.Closed {
    List<String> found = ServiceEndpoints.find(flags, errors);
    return endpoints(found.isEmpty() ? flags.list("endpoints") : found);
  }

  static List<Endpoint> endpoints(List<String> texts) throws Failure {
    var endpoints = new ArrayList<Endpoint>();
    for (String text : texts) {
      endpoints.add(Endpoint.parse(text));
    }
    if (endpoints.isEmpty()) {
      throw Failure.of(ExitCode.BAD_CONNECTION, "etcdclient: no available endpoints");
    }
    return endpoints;
  }
}
