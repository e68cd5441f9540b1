package io.kvorum.node.ctl;

import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseLeasesRequest;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.LeaseRevokeResponse;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveRequest;
import java.io.IOException;
import java.util.List;

/// The commands around leases.
final class LeaseCommands {

  static final Command GRANT =
      new Command(
          "lease grant",
          "TTL",
          "create a lease of TTL seconds",
          "",
          List.of(),
          LeaseCommands::grant);

  static final Command REVOKE =
      new Command(
          "lease revoke",
          "LEASE",
          "end a lease (id in hexadecimal) and remove its keys",
          "",
          List.of(),
          LeaseCommands::revoke);

  static final Command TIME_TO_LIVE =
      new Command(
          "lease timetolive",
          "LEASE",
          "print what is left of a lease",
          "",
          List.of(Flag.toggle("keys", "print the keys attached to it too")),
          LeaseCommands::timeToLive);

  static final Command LIST =
      new Command("lease list", "", "print all leases", "", List.of(), LeaseCommands::list);

  static final Command KEEP_ALIVE =
      new Command(
          "lease keep-alive",
          "LEASE",
          "renew a lease again and again, until it is gone",
          "",
          List.of(Flag.toggle("once", "renew it once")),
          LeaseCommands::keepAlive);

  private LeaseCommands() {}

  private static void grant(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("lease grant command needs TTL argument");
    }
    long seconds =
        switch (GoText.integer(invocation.argument(0), 10)) {
          case GoText.Parsed.Value value -> value.number();
          case GoText.Parsed.Wrong wrong ->
              throw Failure.badArguments("bad TTL (" + wrong.why() + ")");
        };
    LeaseGrantRequest request = LeaseGrantRequest.newBuilder().setTTL(seconds).build();
    try {
      invocation.print(
          new Answer.LeaseGrant(
              invocation
                  .client()
                  .write(channel -> LeaseGrpc.newBlockingStub(channel).leaseGrant(request))));
    } catch (Failure e) {
      throw wrapped(e, "failed to grant lease");
    }
  }

  private static void revoke(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("lease revoke command needs 1 argument");
    }
    long id = Invocation.leaseId(invocation.argument(0), "arg ");
    LeaseRevokeRequest request = LeaseRevokeRequest.newBuilder().setID(id).build();
    LeaseRevokeResponse response;
    try {
      response =
          invocation
              .client()
              .write(channel -> LeaseGrpc.newBlockingStub(channel).leaseRevoke(request));
    } catch (Failure e) {
      throw wrapped(e, "failed to revoke lease");
    }
    invocation.print(new Answer.LeaseRevoke(id, response));
  }

  private static Failure wrapped(Failure failure, String what) {
    return failure.exitCode().equals(ExitCode.ERROR)
        ? Failure.error(what + " (" + failure.text() + ")")
        : failure;
  }

  private static void timeToLive(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("lease timetolive command needs lease ID as argument");
    }
    boolean keys = invocation.flags().on("keys");
    LeaseTimeToLiveRequest request =
        LeaseTimeToLiveRequest.newBuilder()
            .setID(Invocation.leaseId(invocation.argument(0), "arg "))
            .setKeys(keys)
            .build();
    invocation.print(
        new Answer.LeaseTimeToLive(
            invocation
                .client()
                .read(channel -> LeaseGrpc.newBlockingStub(channel).leaseTimeToLive(request)),
            keys));
  }

  private static void list(Invocation invocation) throws Failure, IOException {
    invocation.print(
        new Answer.LeaseList(
            invocation
                .client()
                .read(channel ->
                    LeaseGrpc.newBlockingStub(channel)
                        .leaseLeases(LeaseLeasesRequest.getDefaultInstance()))));
  }

  private static void keepAlive(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("lease keep-alive command needs lease ID as argument");
    }
    long id = Invocation.leaseId(invocation.argument(0), "arg ");
    new KeepAlive(invocation, invocation.client(), id).run();
  }
}
