package io.kvorum.node.ctl;

import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberAddRequest;
import io.kvorum.node.proto.etcd.MemberAddResponse;
import io.kvorum.node.proto.etcd.MemberListRequest;
import io.kvorum.node.proto.etcd.MemberPromoteRequest;
import io.kvorum.node.proto.etcd.MemberRemoveRequest;
import io.kvorum.node.proto.etcd.MemberUpdateRequest;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The commands that show and change who belongs to the cluster.
final class MemberCommands {

  private static final Flag PEER_URLS =
      Flag.text("peer-urls", "", "where the others reach it: http://host:2380, comma-separated");
  private static final Set<String> SCHEMES = Set.of("http", "https", "unix", "unixs");

  static final Command LIST =
      new Command(
          "member list",
          "",
          "print the members",
          "",
          List.of(Flag.text("consistency", "l", "l: linearizable, s: what the asked member has")),
          MemberCommands::list);

  static final Command ADD =
      new Command(
          "member add",
          "NAME",
          "announce a new member, and print the settings to start it with",
          "",
          List.of(PEER_URLS, Flag.toggle("learner", "add it without a vote")),
          MemberCommands::add);

  static final Command REMOVE =
      new Command(
          "member remove",
          "MEMBER",
          "remove a member (id in hexadecimal)",
          "",
          List.of(),
          MemberCommands::remove);

  static final Command UPDATE =
      new Command(
          "member update",
          "MEMBER",
          "change where a member is reached",
          "",
          List.of(PEER_URLS),
          MemberCommands::update);

  static final Command PROMOTE =
      new Command(
          "member promote",
          "MEMBER",
          "give a learner its vote",
          "",
          List.of(),
          MemberCommands::promote);

  private MemberCommands() {}

  private static void list(Invocation invocation) throws Failure, IOException {
    boolean linearizable =
        switch (invocation.flags().text("consistency")) {
          case "l" -> true;
          case "s" -> false;
          default ->
              throw Failure.badFeature(
                  "unknown consistency flag "
                      + GoText.quote(invocation.flags().text("consistency")));
        };
    invocation.print(new Answer.MemberList(list(invocation.client(), linearizable)));
  }

  static io.kvorum.node.proto.etcd.MemberListResponse list(Client client, boolean linearizable)
      throws Failure, Output.Closed {
    MemberListRequest request =
        MemberListRequest.newBuilder().setLinearizable(linearizable).build();
    return client.read(channel -> ClusterGrpc.newBlockingStub(channel).memberList(request));
  }

  private static void add(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().isEmpty()) {
      throw Failure.badArguments("member name not provided");
    }
    if (invocation.arguments().size() > 1) {
      throw Failure.badArguments("too many arguments");
    }
    String urls = peerUrls(invocation);
    MemberAddRequest request =
        MemberAddRequest.newBuilder()
            .addAllPeerURLs(checked(urls))
            .setIsLearner(invocation.flags().on("learner"))
            .build();
    MemberAddResponse response =
        invocation
            .client()
            .write(channel -> ClusterGrpc.newBlockingStub(channel).memberAdd(request));
    invocation.print(new Answer.MemberAdd(response));
    if (invocation.plain()) {
      printSettings(invocation, response, urls);
    }
  }

  private static void printSettings(Invocation invocation, MemberAddResponse response, String urls)
      throws Output.Closed {
    String name = invocation.argument(0);
    var cluster = new ArrayList<String>();
    for (Member member : response.getMembersList()) {
      String known = member.getID() == response.getMember().getID() ? name : member.getName();
      for (String url : member.getPeerURLsList()) {
        cluster.add(known + "=" + url);
      }
    }
    Output output = invocation.console().output();
    output.line("");
    output.line("ETCD_NAME=" + GoText.quote(name));
    output.line("ETCD_INITIAL_CLUSTER=" + GoText.quote(String.join(",", cluster)));
    output.line("ETCD_INITIAL_ADVERTISE_PEER_URLS=" + GoText.quote(urls));
    output.line("ETCD_INITIAL_CLUSTER_STATE=\"existing\"");
  }

  private static void remove(Invocation invocation) throws Failure, IOException {
    long id = memberId(invocation);
    MemberRemoveRequest request = MemberRemoveRequest.newBuilder().setID(id).build();
    invocation.print(
        new Answer.MemberRemove(
            id,
            invocation
                .client()
                .write(channel -> ClusterGrpc.newBlockingStub(channel).memberRemove(request))));
  }

  private static void update(Invocation invocation) throws Failure, IOException {
    long id = memberId(invocation);
    MemberUpdateRequest request =
        MemberUpdateRequest.newBuilder()
            .setID(id)
            .addAllPeerURLs(checked(peerUrls(invocation)))
            .build();
    invocation.print(
        new Answer.MemberUpdate(
            id,
            invocation
                .client()
                .write(channel -> ClusterGrpc.newBlockingStub(channel).memberUpdate(request))));
  }

  private static void promote(Invocation invocation) throws Failure, IOException {
    long id = memberId(invocation);
    MemberPromoteRequest request = MemberPromoteRequest.newBuilder().setID(id).build();
    invocation.print(
        new Answer.MemberPromote(
            id,
            invocation
                .client()
                .write(channel -> ClusterGrpc.newBlockingStub(channel).memberPromote(request))));
  }

  private static long memberId(Invocation invocation) throws Failure {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("member ID is not provided");
    }
    return switch (GoText.unsigned(invocation.argument(0), 16)) {
      case GoText.Parsed.Value value -> value.number();
      case GoText.Parsed.Wrong wrong ->
          throw Failure.badArguments(
              "bad member ID arg (" + wrong.why() + "), expecting ID in Hex");
    };
  }

  private static String peerUrls(Invocation invocation) throws Failure {
    String urls = invocation.flags().text("peer-urls");
    if (urls.isEmpty()) {
      throw Failure.badArguments("member peer urls not provided");
    }
    return urls;
  }

  /// The URLs, each with a known scheme, a host, a port and no path.
  static List<String> checked(String urls) throws Failure {
    List<String> parts = List.of(urls.split(",", -1));
    for (String url : parts) {
      URI parsed;
      try {
        parsed = new URI(url);
      } catch (URISyntaxException e) {
        throw Failure.error("URL is malformed: " + e.getMessage());
      }
      if (parsed.getScheme() == null || !SCHEMES.contains(parsed.getScheme())) {
        throw Failure.error("URL scheme must be http, https, unix, or unixs: " + url);
      }
      boolean onNetwork = parsed.getScheme().startsWith("http");
      if (onNetwork && (parsed.getHost() == null || parsed.getPort() < 0)) {
        throw Failure.error("URL address does not have the form \"host:port\": " + url);
      }
      if (onNetwork && !parsed.getPath().isEmpty()) {
        throw Failure.error("URL must not contain a path: " + url);
      }
    }
    return parts;
  }
}
