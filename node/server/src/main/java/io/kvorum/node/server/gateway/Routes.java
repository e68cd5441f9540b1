package io.kvorum.node.server.gateway;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which path calls which method.
final class Routes {

  private static final String PREFIX = "/v3/";

  /// The prefix of releases before 3.4; their clients are still served.
  private static final String OLD_PREFIX = "/v3beta/";

  /// The service, then its methods, each behind the path that calls it.
  private static final List<List<String>> TABLE =
      List.of(
          List.of(
              "etcdserverpb.KV",
              "kv/range Range",
              "kv/put Put",
              "kv/deleterange DeleteRange",
              "kv/txn Txn",
              "kv/compaction Compact"),
          List.of("etcdserverpb.Watch", "watch Watch"),
          List.of(
              "etcdserverpb.Lease",
              "lease/grant LeaseGrant",
              "lease/revoke LeaseRevoke",
              "kv/lease/revoke LeaseRevoke",
              "lease/keepalive LeaseKeepAlive",
              "lease/timetolive LeaseTimeToLive",
              "kv/lease/timetolive LeaseTimeToLive",
              "lease/leases LeaseLeases",
              "kv/lease/leases LeaseLeases"),
          List.of(
              "etcdserverpb.Cluster",
              "cluster/member/add MemberAdd",
              "cluster/member/remove MemberRemove",
              "cluster/member/update MemberUpdate",
              "cluster/member/list MemberList",
              "cluster/member/promote MemberPromote"),
          List.of(
              "etcdserverpb.Maintenance",
              "maintenance/alarm Alarm",
              "maintenance/status Status",
              "maintenance/defragment Defragment",
              "maintenance/hash Hash",
              "maintenance/hashkv HashKV",
              "maintenance/snapshot Snapshot",
              "maintenance/transfer-leadership MoveLeader",
              "maintenance/downgrade Downgrade"),
          List.of(
              "etcdserverpb.Auth",
              "auth/enable AuthEnable",
              "auth/disable AuthDisable",
              "auth/status AuthStatus",
              "auth/authenticate Authenticate",
              "auth/user/add UserAdd",
              "auth/user/get UserGet",
              "auth/user/list UserList",
              "auth/user/delete UserDelete",
              "auth/user/changepw UserChangePassword",
              "auth/user/grant UserGrantRole",
              "auth/user/revoke UserRevokeRole",
              "auth/role/add RoleAdd",
              "auth/role/get RoleGet",
              "auth/role/list RoleList",
              "auth/role/delete RoleDelete",
              "auth/role/grant RoleGrantPermission",
              "auth/role/revoke RoleRevokePermission"),
          List.of("v3lockpb.Lock", "lock/lock Lock", "lock/unlock Unlock"),
          List.of(
              "v3electionpb.Election",
              "election/campaign Campaign",
              "election/proclaim Proclaim",
              "election/leader Leader",
              "election/observe Observe",
              "election/resign Resign"));

  private static final Map<String, String> METHODS = methods();

  private Routes() {}

  private static Map<String, String> methods() {
    var methods = new HashMap<String, String>();
    for (List<String> service : TABLE) {
      for (String route : service.subList(1, service.size())) {
        String[] words = route.split(" ", -1);
        methods.put(PREFIX + words[0], service.getFirst() + "/" + words[1]);
      }
    }
    return Map.copyOf(methods);
  }

  /// Whether a path is the gateway's, be there a method or not.
  static boolean isUnder(String path) {
    return path.startsWith(PREFIX) || path.startsWith(OLD_PREFIX);
  }

  /// The full name of the method that a path calls; null if it calls none.
  static @Nullable String method(String path) {
    return METHODS.get(
        path.startsWith(OLD_PREFIX) ? PREFIX + path.substring(OLD_PREFIX.length()) : path);
  }

  /// All paths with their methods.
  static Map<String, String> all() {
    return METHODS;
  }
}
