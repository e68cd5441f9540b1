package io.kvorum.node.ctl;

import io.kvorum.node.proto.etcd.AlarmMember;
import io.kvorum.node.proto.etcd.AlarmRequest;
import io.kvorum.node.proto.etcd.AlarmResponse;
import io.kvorum.node.proto.etcd.DefragmentRequest;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.MoveLeaderRequest;
import io.kvorum.node.proto.etcd.StatusResponse;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/// move-leader, alarms, defrag and version.
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

  static final Command ALARM_DISARM =
      new Command(
          "alarm disarm",
          "",
          "switch all alarms off and print them",
          "Free space first: an alarm whose cause is still there comes back.",
          List.of(),
          MaintenanceCommands::disarm);

  static final Command DEFRAGMENT =
      new Command(
          "defrag",
          "",
          "let each endpoint give back the space that its files no longer need",
          "Members go on serving meanwhile.",
          List.of(EndpointCommands.CLUSTER),
          MaintenanceCommands::defragment);

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
    invocation.print(new Answer.Alarms(alarms(invocation.client())));
  }

  private static AlarmResponse alarms(Client client) throws Failure, IOException {
    AlarmRequest request =
        AlarmRequest.newBuilder().setAction(AlarmRequest.AlarmAction.GET).build();
    return client.read(channel -> MaintenanceGrpc.newBlockingStub(channel).alarm(request));
  }

  private static void disarm(Invocation invocation) throws Failure, IOException {
    if (!invocation.arguments().isEmpty()) {
      throw Failure.badArguments("alarm disarm command accepts no arguments");
    }
    var disarmed = AlarmResponse.newBuilder();
    for (AlarmMember alarm : alarms(invocation.client()).getAlarmsList()) {
      AlarmRequest request =
          AlarmRequest.newBuilder()
              .setAction(AlarmRequest.AlarmAction.DEACTIVATE)
              .setMemberID(alarm.getMemberID())
              .setAlarm(alarm.getAlarm())
              .build();
      disarmed.addAllAlarms(
          invocation
              .client()
              .write(channel -> MaintenanceGrpc.newBlockingStub(channel).alarm(request))
              .getAlarmsList());
    }
    invocation.print(new Answer.Alarms(disarmed.build()));
  }

  private static void defragment(Invocation invocation) throws Failure, IOException {
    boolean failed = false;
    for (Client client : EndpointCommands.clients(invocation)) {
      failed |= !defragmented(client, invocation.console());
    }
    if (failed) {
      throw Failure.error("");
    }
  }

  /// Defragments at one endpoint and says how it went.
  static boolean defragmented(Client client, Console console) throws IOException {
    boolean done = defragmentedQuietly(client, console);
    if (done) {
      String endpoint = client.endpoint().text();
      console.output().line("Finished defragmenting etcd member[" + endpoint + "]");
    }
    return done;
  }

  /// Defragments at one endpoint and says only when it failed.
  static boolean defragmentedQuietly(Client client, Console console) throws IOException {
    String endpoint = client.endpoint().text();
    try {
      var _ =
          client.write(channel ->
              MaintenanceGrpc.newBlockingStub(channel)
                  .defragment(DefragmentRequest.getDefaultInstance()));
      return true;
    } catch (Failure e) {
      console
          .errors()
          .line("Failed to defragment etcd member[%s] (%s)".formatted(endpoint, e.text()));
      return false;
    }
  }

  private static void version(Invocation invocation) throws IOException {
    invocation.console().output().line("etcdctl version: " + ETCD_VERSION);
    invocation.console().output().line("API version: " + API_VERSION);
  }
}
