package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// migrate: brings a running etcd, or any store of its API, over.
final class MigrateCommand {

  private static final int OPERATIONS = 128;

  /// Below the 1.5 MiB that a store takes by default, with room for what surrounds the operations.
  private static final int BYTES = 1 << 20;

  /// How long a call may take when --command-timeout does not say.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final List<Flag> FLAGS = flags();

  static final Command MIGRATE =
      new Command(
          "migrate",
          "",
          "bring a running etcd (3.4 or later) over to this store",
          """
          Three ways, from the least to the most that is kept:

          1. Into a running, empty store, over the API: keys, values, leases (same ids), and with
             --with-auth users, roles and permissions. Create and mod revisions and versions start
             anew, because the API has no way to set them.
               migrate --source-endpoints OLD --endpoints NEW
          2. With all revisions and the history: --data-dir writes the data directory of a new
             member from a live backup of the source. Start it, then bring what happened since, one
             transaction for each revision, so that the numbers stay the same:
               migrate --source-endpoints OLD --data-dir DIR --name NAME --initial-cluster ...
               migrate --source-endpoints OLD --endpoints NEW --keep-revisions --follow
          3. Offline, from a file of `snapshot save`: snapshot restore. Users, roles and passwords
             come along here and in 2.

          Without --follow it ends when it has caught up with the source. With --follow it goes on
          until Ctrl-C or SIGTERM: stop the writers, press it, and it brings the rest, compares both
          stores key by key, and ends with 0 when they are equal. Run again after an interruption:
          1 with --overwrite, 2 as it was. Nobody else may write to the target meanwhile.

          Leases of a target seeded by --data-dir do not end within the first ten minutes (a file for
          several members: snapshot restore --lease-grace=600), so that there is time to start it.
          If --keep-revisions is away for longer than the shortest lease lives, a lease may end in
          the target by itself, and the numbers are out of step: it says so, and the target has to
          be seeded again.

          A lease is renewed in the target for as long as it lives in the source, and has its whole
          time after the switch; --lease-time=remaining grants only what was left of it instead.
          Passwords cannot be read over the API: users that --with-auth adds get one that nobody
          knows. Set them with `user passwd NAME` before `auth enable`.
          """
              .strip(),
          FLAGS,
          MigrateCommand::run);

  private MigrateCommand() {}

  private static List<Flag> flags() {
    var flags = new ArrayList<>(OtherStore.flags("source-", "the source"));
    flags.addAll(
        List.of(
            Flag.text("prefix", "", "only keys that start so"),
            Flag.toggle("overwrite", "make a target that is not empty equal to the source"),
            Flag.toggle("keep-revisions", "one target revision for each of the source's"),
            Flag.toggle("follow", "go on until a signal comes, then switch"),
            Flag.toggle("with-auth", "copy users, roles and permissions"),
            Flag.text("lease-time", "granted", "granted or remaining: the time leases start with"),
            Flag.number("max-txn-ops", OPERATIONS, "operations that the target takes at once"),
            Flag.number("max-txn-bytes", BYTES, "bytes that the target takes at once")));
    flags.addAll(SeedFromStore.FLAGS);
    return flags;
  }

  private static void run(Invocation invocation) throws Failure, IOException {
    if (!invocation.arguments().isEmpty()) {
      throw Failure.badArguments("migrate takes no arguments");
    }
    Flags flags = invocation.flags();
    if (!flags.isSet("source-endpoints")) {
      throw Failure.badArguments("migrate needs --source-endpoints: the store to bring over");
    }
    Settings from = patient(invocation, OtherStore.settings(invocation, "source-"));
    try (Client source = Client.open(from, invocation.console())) {
      if (flags.isSet("data-dir")) {
        SeedFromStore.run(invocation, source);
        return;
      }
      Settings to = patient(invocation, invocation.settings());
      try (Client target = Client.open(to, invocation.console())) {
        Migration.Options options = options(invocation, to.commandTimeout());
        Scope scope = Scope.prefix(ByteString.copyFromUtf8(flags.text("prefix")));
        new Migration(
                options, new Store(source, scope), new Store(target, scope), invocation.console())
            .run();
      }
    }
  }

  /// A call among thousands that is slow once is no reason to give up.
  private static Settings patient(Invocation invocation, Settings settings) {
    return invocation.flags().isSet("command-timeout") ? settings : settings.within(PATIENCE);
  }

  private static Migration.Options options(Invocation invocation, Duration timeout) throws Failure {
    Flags flags = invocation.flags();
    String leaseTime = flags.text("lease-time");
    if (!leaseTime.equals("granted") && !leaseTime.equals("remaining")) {
      throw Failure.badArguments("--lease-time is granted or remaining, not " + leaseTime);
    }
    boolean inStep = flags.on("keep-revisions");
    if (inStep && (flags.on("overwrite") || flags.isSet("prefix"))) {
      throw Failure.badArguments(
          "--keep-revisions is about the whole store: neither --prefix nor --overwrite go with it");
    }
    return new Migration.Options(
        inStep,
        flags.on("follow"),
        flags.on("overwrite"),
        flags.on("with-auth"),
        leaseTime.equals("remaining"),
        new Batch.Limits(flags.positive("max-txn-ops"), flags.positive("max-txn-bytes")),
        timeout);
  }
}
