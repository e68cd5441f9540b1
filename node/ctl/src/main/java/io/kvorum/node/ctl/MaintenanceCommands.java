package io.kvorum.node.ctl;

import io.kvorum.node.proto.etcd.AlarmRequest;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.MoveLeaderRequest;
import io.kvorum.node.proto.etcd.StatusResponse;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/// move-leader, alarm list and version.
final class MaintenanceCommands {

  /// The etcd release whose commands and outputs this client speaks.
  static final String ETCD_VERSION = "3.6.11";

  static final String API_VERSION = "3.6";

  static final Command MOVE_LEADER =
      new Command(
          "move-leader",
          "MEMBER",
          "hand leadership over to a member (id in hexadecimal)",
          "The leader must be among --endpoints.",
          List.of(),
          MaintenanceCommands::moveLeader);

  static final Command ALARM_LIST =
      new Command("alarm list", "", "print the alarms", "", List.of(), MaintenanceCommands::alarms);

  static final Command VERSION =
      new Command("version", "", "print the versions", "", List.of(), MaintenanceCommands::version);

  private MaintenanceCommands() {}

  private static void moveLeader(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("move-leader command needs 1 argument");
    }
    long target =
        switch (GoText.unsigned(invocation.argument(0), 16)) {
          case GoText.Parsed.Value value -> value.number();
          case GoText.Parsed.Wrong wrong -> throw Failure.badArguments(wrong.why());
        };
    MoveLeaderRequest request = MoveLeaderRequest.newBuilder().setTargetID(target).build();
    for (Client client : invocation.client().each()) {
      StatusResponse status = EndpointCommands.status(client);
      long member = status.getHeader().getMemberId();
      if (status.getLeader() == member) {
        invocation.print(
            new Answer.MoveLeader(
                member,
                target,
                client.write(
                    channel -> MaintenanceGrpc.newBlockingStub(channel).moveLeader(request))));
        return;
      }
    }
    throw Failure.badArguments(
        "no leader endpoint given at ["
            + invocation.client().endpoints().stream()
                .map(Endpoint::text)
                .collect(Collectors.joining(" "))
            + "]");
  }

  private static void alarms(Invocation invocation) throws Failure, IOException {
    if (!invocation.arguments().isEmpty()) {
      throw Failure.badArguments("alarm list command accepts no arguments");
    }
    AlarmRequest request =
        AlarmRequest.newBuilder().setAction(AlarmRequest.AlarmAction.GET).build();
    invocation.print(
        new Answer.Alarms(
            invocation
                .client()
                .read(channel -> MaintenanceGrpc.newBlockingStub(channel).alarm(request))));
  }

  private static void version(Invocation invocation) throws IOException {
    invocation.console().output().line("etcdctl version: " + ETCD_VERSION);
    invocation.console().output().line("API version: " + API_VERSION);
  }
}
