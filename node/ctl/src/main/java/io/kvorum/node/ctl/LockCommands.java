package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.election.CampaignRequest;
import io.kvorum.node.proto.election.ElectionGrpc;
import io.kvorum.node.proto.election.LeaderKey;
import io.kvorum.node.proto.election.LeaderRequest;
import io.kvorum.node.proto.election.LeaderResponse;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.lock.LockGrpc;
import io.kvorum.node.proto.lock.LockRequest;
import io.kvorum.node.proto.lock.LockResponse;
import java.io.File;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;

/// Locks and elections, held as long as the command runs.
final class LockCommands {

  static final Command LOCK =
      new Command(
          "lock",
          "NAME [COMMAND ...]",
          "hold a lock while COMMAND runs, or until interrupted",
          """
          COMMAND finds ETCD_LOCK_KEY and ETCD_LOCK_REV in its environment, and its exit code is
          ours. Its own flags stand behind --.\
          """,
          List.of(
              new Flag(
                  "ttl",
                  Flag.NO_LETTER,
                  Flag.Kind.NUMBER,
                  "10",
                  "seconds after which the lock of a process that died is free")),
          LockCommands::lock);

  static final Command ELECT =
      new Command(
          "elect",
          "NAME [PROPOSAL]",
          "lead until interrupted, or watch who leads",
          "",
          List.of(Flag.toggle("listen", "print each leader").withLetter('l')),
          LockCommands::elect);

  private static final long ELECTION_TTL_SECONDS = 60;

  private LockCommands() {}

  private static void lock(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().isEmpty()) {
      throw Failure.badArguments(
          "lock takes a lock name argument and an optional command to execute");
    }
    List<String> command = invocation.argumentTexts();
    ByteString name = invocation.arguments().getFirst();
    ExitCode code = ExitCode.OK;
    try (var holding = Holding.begin(invocation, invocation.flags().number("ttl"))) {
      LockRequest request =
          LockRequest.newBuilder().setName(name).setLease(holding.lease()).build();
      LockResponse lock = holding.await(channel -> LockGrpc.newBlockingStub(channel).lock(request));
      if (command.size() > 1) {
        code = run(command.subList(1, command.size()), lock, invocation.console());
      } else {
        show(invocation, lock.getKey(), "lock lost on init");
        if (holding.awaitEnd() == Holding.End.LEASE_LOST) {
          throw Failure.error("session expired");
        }
      }
    }
    if (!code.equals(ExitCode.OK)) {
      throw Failure.of(code, "");
    }
  }

  private static ExitCode run(List<String> command, LockResponse lock, Console console)
      throws Failure, IOException {
    var builder = new ProcessBuilder(command).redirectInput(new File("/dev/null"));
    builder.environment().put("ETCD_LOCK_KEY", lock.getKey().toStringUtf8());
    builder.environment().put("ETCD_LOCK_REV", Long.toString(lock.getHeader().getRevision()));
    try {
      return new ExitCode(ChildProcess.run(builder, console));
    } catch (ChildProcess.CannotStart e) {
      throw Failure.error(
          "exec: " + GoText.quote(command.getFirst()) + ": executable file not found in $PATH");
    }
  }

  /// Prints the key that is held.
  private static void show(Invocation invocation, ByteString key, String lost)
      throws Failure, IOException {
    RangeRequest request = RangeRequest.newBuilder().setKey(key).build();
    RangeResponse found =
        invocation.client().read(channel -> KVGrpc.newBlockingStub(channel).range(request));
    if (found.getKvsCount() == 0) {
      throw Failure.error(lost);
    }
    invocation.print(new Answer.Get(found, false));
    invocation.console().output().flush();
  }

  private static void elect(Invocation invocation) throws Failure, IOException {
    List<ByteString> arguments = invocation.arguments();
    if (arguments.size() != 1 && arguments.size() != 2) {
      throw Failure.badArguments(
          "elect takes one election name argument and an optional proposal argument");
    }
    boolean listens = invocation.flags().on("listen");
    if (arguments.size() == 1 && !listens) {
      throw Failure.badArguments("no proposal argument but -l not set");
    }
    if (arguments.size() == 2 && listens) {
      throw Failure.badArguments("proposal given but -l is set");
    }
    try (var holding = Holding.begin(invocation, ELECTION_TTL_SECONDS)) {
      if (listens) {
        LeaderRequest request = LeaderRequest.newBuilder().setName(arguments.getFirst()).build();
        listen(invocation, holding, request);
      } else {
        campaign(invocation, holding, arguments.getFirst(), arguments.getLast());
      }
    }
  }

  private static void campaign(
      Invocation invocation, Holding holding, ByteString name, ByteString proposal)
      throws Failure, IOException {
    CampaignRequest request =
        CampaignRequest.newBuilder()
            .setName(name)
            .setLease(holding.lease())
            .setValue(proposal)
            .build();
    LeaderKey place =
        holding
            .await(channel -> ElectionGrpc.newBlockingStub(channel).campaign(request))
            .getLeader();
    show(invocation, place.getKey(), "elect: session expired");
    if (holding.awaitEnd() == Holding.End.LEASE_LOST) {
      throw Failure.error("elect: session expired");
    }
  }

  /// Prints leaders until a signal comes. A stream that breaks is opened again elsewhere.
  private static void listen(Invocation invocation, Holding holding, LeaderRequest request)
      throws Failure, IOException {
    long printed = 0;
    while (holding.holds()) {
      Iterator<LeaderResponse> leaders =
          ElectionGrpc.newBlockingStub(invocation.client().stream()).observe(request);
      try {
        while (leaders.hasNext()) {
          LeaderResponse leader = leaders.next();
          if (leader.getKv().getModRevision() > printed) {
            printed = leader.getKv().getModRevision();
            print(invocation, leader);
          }
        }
      } catch (StatusRuntimeException broken) {
        if (holding.holds()) {
          holding.turnAway(broken);
        }
      }
    }
    if (holding.awaitEnd() == Holding.End.LEASE_LOST) {
      throw Failure.error("elect lost");
    }
  }

  private static void print(Invocation invocation, LeaderResponse leader)
      throws Failure, IOException {
    var found = RangeResponse.newBuilder().setHeader(leader.getHeader()).addKvs(leader.getKv());
    invocation.print(new Answer.Get(found.build(), false));
    invocation.console().output().flush();
  }
}
