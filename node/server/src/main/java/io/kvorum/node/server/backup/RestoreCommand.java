package io.kvorum.node.server.backup;

import io.kvorum.node.server.bootstrap.RestoredMember;
import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.config.Url;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// `kvorum node restore-snapshot`: what `kvorum ctl snapshot restore` becomes, since only this
/// program writes data directories.
public final class RestoreCommand {

  /// The first word of the command line.
  public static final String NAME = "restore-snapshot";

  private static final String DEFAULT_NAME = "default";
  private static final String DEFAULT_URL = "http://localhost:2380";

  /// The flags and their defaults; those of `kvorum ctl snapshot restore`.
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "name", DEFAULT_NAME,
          "data-dir", "",
          "wal-dir", "",
          "initial-cluster", "",
          "initial-cluster-token", "etcd-cluster",
          "initial-advertise-peer-urls", DEFAULT_URL,
          "skip-hash-check", "false",
          "bump-revision", "0",
          "mark-compacted", "false",
          "lease-grace", "0");

  private final Map<String, String> flags = new TreeMap<>(DEFAULTS);
  private final List<String> files = new ArrayList<>();

  private RestoreCommand(List<String> arguments) {
    for (String argument : arguments) {
      if (argument.startsWith("-")) {
        set(argument);
      } else {
        files.add(argument);
      }
    }
  }

  private void set(String argument) {
    String text = argument.substring(argument.startsWith("--") ? 2 : 1);
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals);
    if (!DEFAULTS.containsKey(name)) {
      throw new StartFailure(
          ExitCode.UNKNOWN_FLAG,
          "unknown flag --%s of %s; there are: --%s, each with =value"
              .formatted(name, NAME, String.join(", --", new TreeMap<>(DEFAULTS).keySet())));
    }
    flags.put(name, equals < 0 ? "true" : text.substring(equals + 1));
  }

  /// Restores, or says in one line why not.
  ///
  /// @param arguments those behind the command's name
  public static ExitCode run(List<String> arguments) {
    try {
      var command = new RestoreCommand(arguments);
      Restore.Options options = command.options();
      Restore.Restored restored = new Restore(options, command.member()).run();
      System.err.printf(
          "restored %d keys and %d leases at revision %d%s into %s%n",
          restored.keys(),
          restored.leases(),
          restored.revision(),
          restored.compactRevision() < 0
              ? ""
              : " (compacted at %d)".formatted(restored.compactRevision()),
          options.dataDirectory());
      return ExitCode.GRACEFUL;
    } catch (StartFailure e) {
      System.err.println("Error: " + e.getMessage());
      return e.exitCode();
    }
  }

  private Restore.Options options() {
    if (files.size() != 1) {
      throw StartFailure.configuration("snapshot restore requires exactly one argument");
    }
    Path data = Path.of(text("data-dir").isEmpty() ? text("name") + ".etcd" : text("data-dir"));
    Path log = text("wal-dir").isEmpty() ? data.resolve("member/log") : Path.of(text("wal-dir"));
    long bump = wholeNumber("bump-revision");
    boolean markCompacted = isOn("mark-compacted");
    if (bump > 0 != markCompacted) {
      throw StartFailure.configuration(
          "--bump-revision and --mark-compacted go together: watches of before the restore must"
              + " end, and no revision may be seen twice");
    }
    return new Restore.Options(
        Path.of(files.getFirst()),
        data,
        log,
        isOn("skip-hash-check"),
        bump,
        markCompacted,
        wholeNumber("lease-grace"));
  }

  private long wholeNumber(String name) {
    String text = text(name);
    if (!text.matches("\\d{1,18}")) {
      throw StartFailure.configuration(
          "invalid value \"%s\" for --%s: expected a whole number".formatted(text, name));
    }
    return Long.parseLong(text);
  }

  private RestoredMember member() {
    String cluster = text("initial-cluster");
    try {
      List<Url> advertised = Url.parseList(text("initial-advertise-peer-urls"));
      return RestoredMember.of(
          text("name"),
          cluster.isEmpty() ? text("name") + "=" + DEFAULT_URL : cluster,
          text("initial-cluster-token"),
          advertised);
    } catch (IllegalArgumentException e) {
      throw StartFailure.configuration(
          "invalid value for --initial-advertise-peer-urls: " + e.getMessage());
    }
  }

  private String text(String name) {
    return flags.getOrDefault(name, "");
  }

  private boolean isOn(String name) {
    return switch (text(name)) {
      case "true" -> true;
      case "false" -> false;
      case String text ->
          throw StartFailure.configuration(
              "invalid value \"%s\" for --%s: expected true or false".formatted(text, name));
    };
  }
}
