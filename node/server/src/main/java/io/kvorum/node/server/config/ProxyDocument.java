package io.kvorum.node.server.config;

import java.util.List;

/// The page `docs/proxy.md`: what proxy and gateway do, and their flags from the tables.
final class ProxyDocument {

  private static final String INTRODUCTION =
      """
      # Proxy and gateway

      Both stand between clients and members, keep no data, and can be started anywhere. They take etcd's flags; the
      tables below are generated, and a test compares them. They also start as etcd's do, behind the name of the member's
      program (`./kvorum node grpc-proxy start`).

      ## The gRPC proxy

      ```sh
      ./kvorum grpc-proxy start --endpoints=10.0.0.1:2379,10.0.0.2:2379,10.0.0.3:2379 \\
        --listen-addr=127.0.0.1:23790 --advertise-client-url=127.0.0.1:23790
      ./kvorum ctl --endpoints=127.0.0.1:23790 put greeting hello
      ```

      It serves all of API v3, for Kvorum's members and etcd's alike.

      - **Watches** of the same keys with the same options share one watch on a member. Each begins on a watch of its own,
        so that a member admits it, refuses it and says at which revision it stands; it moves when it has all that the shared one
        has told. What a client does not take is kept for it as long as that is little (2 MiB for each shared watch, 32 MiB in
        all); then it is left behind alone, and catches up later by a watch of its own, which is read only as it reads. When
        a member is lost, watches go on at another one where they were; after five seconds without any, and at once when there
        is no leader and the client insists on one, their streams end. Of those that
        share one, a compaction ends the watches that lack what is gone; the others go on.
      - **Renewals** of one lease by many clients share one: the first goes out at once, those that come within half a second
        of it go out together. Those of different leases are under way beside each other, up to 128 of one user, so a lease
        that is just running out, or a follower far from its leader, holds up no other. When the member is lost, another one is
        asked. What nobody answers within seven seconds ends the streams of the clients that wait for it with `Unavailable`, so
        that they ask again.
      - **Serializable reads** are kept, 2048 of them in 32 MiB at most, none for longer than five seconds. A write through
        the proxy removes what it touches before it is answered; a linearizable read brings a new answer. Nothing is kept of
        callers with a token, and who insists on a leader is answered by a member.
      - **Other calls** go to the members that are up and say that they serve, in turn, byte by byte, with their headers. A
        call that is under way when its member is lost ends with `Unavailable`, as it does without a proxy.
      - **Users** pass by their tokens. A name in a client's certificate does not: members see the proxy's certificate, which
        must not name anybody. Watches, renewals and reads are shared only between callers with the same token.
      - **The member list** names this proxy alone, or with `--resolver-prefix` all that are registered there, so that
        clients that look for members stay behind the proxies. With `--advertise-client-url=` it names the members. The other
        calls about members are theirs.
      - **A namespace** is put before keys, ranges, names of locks and elections, and taken away in answers. Roles, compaction,
        leases and backups know nothing of it.
      - **Pages**: `/health`, `/metrics` and `/version` are the members', `/proxy/health` and `/proxy/metrics` the proxy's own.
        The API as JSON and API v2 are served by members alone.

      A thousand watches of one key on a hundred streams, as many puts as ten clients make, one member, proxy and load on two
      cores (`./kvorum bench watch --endpoints=MEMBER_OR_PROXY --watchers 1000 --streams 100 --clients 10 --total 2000`; each
      event is checked for order and completeness), the middle one of three runs in turn, and all three:

      | watched on | watches on the member | events/s | a put takes | from a put to its event, median |
      |---|---|---|---|---|
      | the member | 1000 | 400,000 (276,000, 478,000, 400,000) | 18 ms | 0.5 s |
      | the proxy | 1 | 403,000 (316,000, 403,000, 475,000) | 10 ms | 2.1 s |

      The proxy lets puts through faster than it delivers their events; what waits for a client is bounded.

      How it differs from etcd's proxy: watches have progress requests, fragments and ids of the client's choice; kept reads
      grow old; nothing that was kept crosses from one user to another; locks and elections are in the namespace; streams do
      not hang when all members are lost; a member that froze is noticed, as `--dial-keepalive-time` is not 0.

      ## The gateway

      ```sh
      ./kvorum gateway start --endpoints=10.0.0.1:2379,10.0.0.2:2379 --listen-addr=127.0.0.1:23790
      ```

      It passes TCP connections on, whatever they carry, TLS included: to the endpoints in turn, those that DNS prefers first
      and by their weights. One that cannot be reached is left out and tried again every `--retry-delay`, or when all
      others have failed, too. An endpoint that leads back to the gateway is refused, also when it listens on all addresses.
      When the gateway itself has no sockets left, it says so and sends the client away; its endpoints stay what they are.
      What one side does not take is not read from the other. When one side ends what it sends, the
      other is told so and may go on.
      """;

  private ProxyDocument() {}

  static String text() {
    var text = new StringBuilder(INTRODUCTION);
    appendTable(text, "Flags of the proxy", GrpcProxyFlags.LIST_OF_ALL.flags());
    appendTable(text, "Flags of the gateway", GatewayFlags.LIST.flags());
    return text.toString();
  }

  private static void appendTable(StringBuilder text, String title, List<Flag<?>> flags) {
    text.append("\n## ").append(title).append("\n\n");
    text.append("| flag | default | standing | meaning |\n|---|---|---|---|\n");
    flags.forEach(flag -> FlagsDocument.appendRow(text, flag));
  }
}
