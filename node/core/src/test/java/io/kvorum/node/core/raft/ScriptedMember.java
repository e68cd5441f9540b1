package io.kvorum.node.core.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// One member of an [Interaction]: the real core over a log in memory, with stages that a script
/// can hold.
final class ScriptedMember {
  /// Draws what makes member n's election timeout 9 + n ticks.
  private record FixedTimeout(MemberId self) implements RandomGenerator {
    @Override
    public long nextLong() {
      return self.value() - 1;
    }

    @Override
    public int nextInt(int bound) {
      return (int) Math.min(self.value() - 1, bound - 1);
    }
  }

  private final MemberId id;
  private final RaftConfig config;
  private final MemoryLog log;
  private final Interaction interaction;
  private final ArrayDeque<Ready> syncing = new ArrayDeque<>();
  private final ArrayDeque<Entry> applying = new ArrayDeque<>();
  private boolean holdsSync;
  private boolean holdsApply;
  private boolean running = true;
  private Membership membership;
  private LogPosition applied;
  private Raft raft;

  ScriptedMember(
      MemberId id,
      Membership membership,
      LogPosition base,
      List<String> settings,
      Interaction interaction) {
    this.id = id;
    this.config = config(id, settings);
    this.membership = membership;
    this.applied = base;
    this.log = new MemoryLog(base);
    this.interaction = interaction;
    this.raft = start();
  }

  private static RaftConfig config(MemberId id, List<String> settings) {
    int maxInFlight = 512;
    int maxReadies = 16;
    long maxAppendBytes = 1 << 20;
    long maxUnsettled = 1 << 20;
    for (String setting : settings) {
      String[] parts = setting.split("=", 2);
      switch (parts[0]) {
        case "in-flight" -> maxInFlight = Integer.parseInt(parts[1]);
        case "readies" -> maxReadies = Integer.parseInt(parts[1]);
        case "append-bytes" -> maxAppendBytes = Long.parseLong(parts[1]);
        case "unsettled-bytes" -> maxUnsettled = Long.parseLong(parts[1]);
        default -> throw new IllegalArgumentException("unknown setting " + setting);
      }
    }
    return new RaftConfig(
        id,
        10,
        1,
        maxAppendBytes,
        maxInFlight,
        1 << 20,
        maxUnsettled,
        1 << 20,
        0,
        maxReadies,
        100,
        20);
  }

  private Raft start() {
    return new Raft(
        config, new Restored(log.hardState(), applied, membership), log, new FixedTimeout(id));
  }

  boolean isRunning() {
    return running;
  }

  void tick() {
    if (running) {
      raft.tick();
    }
  }

  void step(MemberId from, Message message) {
    raft.step(from, message);
  }

  void perform(String name, List<String> args) {
    switch (name) {
      case "campaign" -> raft.campaign();
      case "propose" -> outcome(raft.propose(Interaction.bytes(args.subList(1, args.size()))));
      case "fill" -> fill(Integer.parseInt(args.get(1)), Integer.parseInt(args.get(2)));
      case "change" -> outcome(raft.proposeMembership(change(args)));
      case "read" -> outcome(raft.readIndex(Long.parseLong(args.get(1))));
      case "transfer" -> outcome(raft.transferLeadership(Interaction.id(args, 1)));
      case "unreachable" -> raft.peerUnreachable(Interaction.id(args, 1));
      case "snapshot-report" ->
          raft.snapshotReport(Interaction.id(args, 1), args.get(2).equals("ok"));
      case "hold-sync" -> holdsSync = true;
      case "release-sync" -> {
        holdsSync = false;
        sync(Long.MAX_VALUE);
      }
      case "sync" -> sync(args.size() > 1 ? Long.parseLong(args.get(1)) : Long.MAX_VALUE);
      case "hold-apply" -> holdsApply = true;
      case "apply" -> {
        holdsApply = false;
        apply();
      }
      case "compact" -> log.compactTo(Long.parseLong(args.get(1)));
      case "stop" -> running = false;
      case "crash" -> crash();
      case "start" -> restart();
      case "status" -> status();
      case "log" -> showLog();
      default -> throw new IllegalArgumentException("unknown command " + name);
    }
  }

  private void outcome(Object outcome) {
    interaction.show(id + " " + Transcript.ofOutcome(outcome));
  }

  private void fill(int count, int size) {
    List<byte[]> commands = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      commands.add(Interaction.filler(size));
    }
    outcome(raft.propose(commands));
  }

  private static MembershipChange change(List<String> args) {
    MemberId member = Interaction.id(args, 2);
    byte[] context = {};
    return switch (args.get(1)) {
      case "add-voter" -> new MembershipChange.AddVoter(member, context);
      case "add-learner" -> new MembershipChange.AddLearner(member, context);
      case "promote" -> new MembershipChange.Promote(member, context);
      case "remove" -> new MembershipChange.Remove(member, context);
      case "update" -> new MembershipChange.Update(member, context);
      default -> throw new IllegalArgumentException("unknown change " + args.get(1));
    };
  }

  private void crash() {
    running = false;
    log.crash(0);
    syncing.clear();
    applying.clear();
  }

  private void restart() {
    running = true;
    raft = start();
  }

  /// Hands on everything the core has decided.
  void drain() {
    while (running && raft.hasReady()) {
      Ready ready = raft.ready();
      show(ready);
      interaction.send(id, ready.messagesNow());
      if (ready.awaitsSync()) {
        log.write(ready);
        syncing.add(ready);
        if (!holdsSync) {
          sync(ready.number());
        }
      }
      applying.addAll(ready.committed());
      if (!holdsApply) {
        apply();
      }
    }
  }

  private void sync(long upTo) {
    while (!syncing.isEmpty() && syncing.element().number() <= upTo) {
      Ready ready = syncing.remove();
      Snapshot snapshot = ready.snapshot();
      if (snapshot != null) {
        applied = snapshot.position();
        membership = snapshot.membership();
      }
      log.sync(ready.number());
      raft.synced(ready.number());
      if (snapshot != null) {
        raft.applied(applied.index());
      }
      interaction.send(id, ready.messagesAfterSync());
    }
  }

  private void apply() {
    while (!applying.isEmpty()) {
      Entry entry = applying.remove();
      if (entry.type() == EntryType.MEMBERSHIP) {
        membership = raft.applyMembership(MembershipChange.decode(entry.data()));
      }
      applied = entry.position();
      raft.applied(applied.index());
    }
  }

  private void show(Ready ready) {
    List<String> parts = new ArrayList<>();
    Leadership leadership = ready.leadership();
    if (leadership != null) {
      parts.add(Transcript.of(leadership));
    }
    HardState hardState = ready.hardState();
    if (hardState != null) {
      parts.add("state " + Transcript.of(hardState));
    }
    Snapshot snapshot = ready.snapshot();
    if (snapshot != null) {
      parts.add("snapshot " + snapshot.position() + " " + Transcript.of(snapshot.membership()));
    }
    if (!ready.entries().isEmpty()) {
      parts.add("entries [" + Transcript.of(ready.entries()) + "]");
    }
    if (!ready.committed().isEmpty()) {
      parts.add("committed [" + Transcript.of(ready.committed()) + "]");
    }
    ready
        .readStates()
        .forEach(read -> parts.add("read " + read.contextId() + " at " + read.index()));
    ready.readsDropped().forEach(context -> parts.add("dropped read " + context));
    if (!parts.isEmpty()) {
      String number = holdsSync ? " #" + ready.number() : "";
      interaction.show(id + number + ": " + String.join("; ", parts));
    }
  }

  private void status() {
    Status status = raft.status();
    interaction.show(
        id
            + (running ? " " : " (down) ")
            + Transcript.of(status.leadership())
            + " "
            + Transcript.of(status.membership())
            + " commit="
            + status.commit()
            + " applied="
            + status.applied()
            + " synced="
            + status.syncedIndex()
            + " last="
            + status.lastIndex()
            + (status.transferTarget().isNone() ? "" : " transfer=" + status.transferTarget())
            + (status.unsyncedTicks() == 0 ? "" : " unsyncedTicks=" + status.unsyncedTicks()));
    for (Status.PeerStatus peer : status.peers()) {
      interaction.show(
          "  "
              + peer.id()
              + (peer.learner() ? " learner " : " ")
              + peer.state()
              + " match="
              + peer.match()
              + " next="
              + peer.next()
              + (peer.active() ? "" : " inactive"));
    }
  }

  private void showLog() {
    interaction.show(
        id
            + " after "
            + new LogPosition(log.term(log.firstIndex() - 1), log.firstIndex() - 1)
            + ": "
            + Transcript.of(log.entries(log.firstIndex(), log.lastIndex() + 1, Long.MAX_VALUE)));
  }
}
