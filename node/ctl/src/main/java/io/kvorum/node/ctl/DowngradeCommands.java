package io.kvorum.node.ctl;

import io.kvorum.node.proto.etcd.DowngradeRequest;
import io.kvorum.node.proto.etcd.DowngradeRequest.DowngradeAction;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import java.io.IOException;
import java.util.List;

/// downgrade validate, enable and cancel.
final class DowngradeCommands {

  static final Command VALIDATE =
      new Command(
          "downgrade validate",
          "VERSION",
          "find out whether the cluster could go back to a version",
          "",
          List.of(),
          invocation -> run(invocation, DowngradeAction.VALIDATE, "validate"));

  static final Command ENABLE =
      new Command(
          "downgrade enable",
          "VERSION",
          "announce that the cluster goes back to a version",
          "",
          List.of(),
          invocation -> run(invocation, DowngradeAction.ENABLE, "enable"));

  static final Command CANCEL =
      new Command(
          "downgrade cancel",
          "",
          "recall the announcement",
          "",
          List.of(),
          invocation -> run(invocation, DowngradeAction.CANCEL, "cancel"));

  private DowngradeCommands() {}

  private static void run(Invocation invocation, DowngradeAction action, String what)
      throws Failure, IOException {
    int wanted = action == DowngradeAction.CANCEL ? 0 : 1;
    if (invocation.arguments().size() < wanted) {
      throw Failure.badArguments("TARGET_VERSION not provided");
    }
    if (invocation.arguments().size() > wanted) {
      throw Failure.badArguments("too many arguments");
    }
    var request = DowngradeRequest.newBuilder().setAction(action);
    if (wanted == 1) {
      request.setVersion(invocation.argument(0));
    }
    invocation.print(
        new Answer.Downgrade(
            what,
            invocation
                .client()
                .write(channel ->
                    MaintenanceGrpc.newBlockingStub(channel).downgrade(request.build()))));
  }
}
