package io.kvorum.node.ctl;

import java.util.ArrayList;
import java.util.List;

/// All commands, in the groups of the help.
final class Commands {

  /// Commands that belong together.
  record Group(String title, List<Command> commands) {
    Group {
      commands = List.copyOf(commands);
    }
  }

  static final List<Group> GROUPS =
      List.of(
          new Group(
              "Keys and values",
              List.of(
                  KeyValueCommands.PUT,
                  KeyValueCommands.GET,
                  KeyValueCommands.DELETE,
                  TransactionCommand.TXN,
                  WatchCommand.WATCH,
                  KeyValueCommands.COMPACTION)),
          new Group(
              "Leases",
              List.of(
                  LeaseCommands.GRANT,
                  LeaseCommands.REVOKE,
                  LeaseCommands.TIME_TO_LIVE,
                  LeaseCommands.LIST,
                  LeaseCommands.KEEP_ALIVE)),
          new Group(
              "Members",
              List.of(
                  MemberCommands.LIST,
                  MemberCommands.ADD,
                  MemberCommands.REMOVE,
                  MemberCommands.UPDATE,
                  MemberCommands.PROMOTE,
                  MaintenanceCommands.MOVE_LEADER)),
          new Group(
              "Endpoints",
              List.of(
                  EndpointCommands.HEALTH,
                  EndpointCommands.STATUS,
                  EndpointCommands.HASH,
                  MaintenanceCommands.ALARM_LIST,
                  MaintenanceCommands.ALARM_DISARM,
                  MaintenanceCommands.DEFRAGMENT)),
          new Group(
              "Backups",
              List.of(
                  SnapshotCommands.SAVE,
                  SnapshotCommands.STATUS,
                  SnapshotCommands.HASH,
                  SnapshotCommands.RESTORE)),
          new Group(
              "Moving and mirroring", List.of(MigrateCommand.MIGRATE, MirrorCommand.MAKE_MIRROR)),
          new Group("Services", List.of(DiscoveryCommand.DISCOVERY)),
          new Group("Load", List.of(LoadCommand.PERFORMANCE, LoadCommand.DATA_SCALE)),
          new Group(
              "Downgrades",
              List.of(
                  DowngradeCommands.VALIDATE, DowngradeCommands.ENABLE, DowngradeCommands.CANCEL)),
          new Group("Locks and elections", List.of(LockCommands.LOCK, LockCommands.ELECT)),
          new Group("Authentication", AuthCommands.AUTH),
          new Group("Users", AuthCommands.USERS),
          new Group("Roles", AuthCommands.ROLES),
          new Group(
              "This program", List.of(CompletionCommand.COMPLETION, MaintenanceCommands.VERSION)));

  private Commands() {}

  static List<Command> all() {
    var all = new ArrayList<Command>();
    GROUPS.forEach(group -> all.addAll(group.commands()));
    return all;
  }
}
