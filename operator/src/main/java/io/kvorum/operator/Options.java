package io.kvorum.operator;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// What the operator is started with.
///
/// @param namespaces the namespaces it looks after; empty for all
record Options(
    Set<String> namespaces,
    boolean electLeader,
    String leaseNamespace,
    String identity,
    String healthHost,
    int healthPort) {

  static final String HELP =
      """
      The Kvorum operator: forms, scales, repairs and updates StoreClusters.

      Usage: kvorum operator [flags]

        --namespaces LIST        look after these namespaces, comma separated (default: all; env WATCH_NAMESPACES)
        --leader-elect BOOL      let one of several operators act at a time (default: true; env LEADER_ELECT)
        --lease-namespace NAME   namespace of the Lease for that (default: that of the Pod by env POD_NAMESPACE, else kvorum-system)
        --health-address H:P     where /livez and /readyz are served (default: 0.0.0.0:8080; env HEALTH_ADDRESS)
        --help                   this text
        --version                the version

      The Kubernetes it talks to: env KUBECONFIG, else ~/.kube/config, else the Pod's service account.
      Exit codes: 0 stopped by a signal, 1 failed or lost the lead, 2 wrong flag.
      """;

  /// A flag or variable that cannot be used; the message names it, its value and what would be
  /// right.
  static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Wrong(String message) {
      super(message);
    }
  }

  static Options parse(List<String> arguments, Map<String, String> environment) {
    var values = new Values(environment);
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      if (!Values.VARIABLES.containsKey(name)) {
        throw new Wrong("unknown flag " + name + "; --help lists all");
      }
      if (equals < 0 && i + 1 == arguments.size()) {
        throw new Wrong("flag " + name + " needs a value");
      }
      values.set(name, equals < 0 ? arguments.get(++i) : argument.substring(equals + 1));
    }
    return values.options();
  }

  /// The values of flags, or of the variables behind them.
  private static final class Values {

    static final Map<String, String> VARIABLES =
        Map.of(
            "--namespaces", "WATCH_NAMESPACES",
            "--leader-elect", "LEADER_ELECT",
            "--lease-namespace", "POD_NAMESPACE",
            "--health-address", "HEALTH_ADDRESS");

    private final Map<String, String> environment;
    private final Map<String, String> flags = new java.util.TreeMap<>();

    Values(Map<String, String> environment) {
      this.environment = environment;
    }

    void set(String name, String value) {
      flags.put(name, value);
    }

    private String get(String name, String fallback) {
      String flag = flags.get(name);
      return flag != null
          ? flag
          : environment.getOrDefault(VARIABLES.getOrDefault(name, ""), fallback);
    }

    Options options() {
      String health = get("--health-address", "0.0.0.0:8080");
      int colon = health.lastIndexOf(':');
      return new Options(
          namespaces(get("--namespaces", "")),
          bool("--leader-elect", get("--leader-elect", "true")),
          get("--lease-namespace", "kvorum-system"),
          environment.getOrDefault(
              "POD_NAME", environment.getOrDefault("HOSTNAME", "kvorum-operator")),
          colon < 0 ? "" : health.substring(0, colon),
          port(health, health.substring(colon + 1)));
    }

    private static Set<String> namespaces(String list) {
      var names = new TreeSet<String>();
      for (String name : list.split(",", -1)) {
        if (!name.isBlank()) {
          names.add(name.trim());
        }
      }
      return names;
    }

    private static boolean bool(String name, String value) {
      return switch (value) {
        case "true" -> true;
        case "false" -> false;
        default -> throw new Wrong("flag " + name + ": " + value + " is neither true nor false");
      };
    }

    private static int port(String address, String text) {
      try {
        int port = Integer.parseInt(text);
        if (port >= 0 && port <= 65_535) {
          return port;
        }
      } catch (NumberFormatException _) {
        // Told below, as a port out of range is.
      }
      throw new Wrong(
          "flag --health-address: " + address + " is not host:port, such as 0.0.0.0:8080");
    }
  }
}
