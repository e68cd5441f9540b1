package io.kvorum.node.ctl;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kvorum.node.ctl.V2Client.Request;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The members of the cluster, in the words of API v2.
final class V2MemberCommands {

  static final List<V2Command> ALL =
      List.of(
          new V2Command("member list", "", "list the members", List.of(), V2MemberCommands::list),
          new V2Command(
              "member add",
              "NAME PEER_URL",
              "announce a member and print how to start it",
              List.of(),
              V2MemberCommands::add),
          new V2Command(
              "member remove", "ID", "remove a member", List.of(), V2MemberCommands::remove),
          new V2Command(
              "member update",
              "ID PEER_URLS",
              "give a member other peer URLs",
              List.of(),
              V2MemberCommands::update));

  private V2MemberCommands() {}

  private static void list(V2Invocation invocation) throws Failure, IOException {
    Output output = invocation.console().output();
    try (V2Client client = invocation.client()) {
      List<V2Member> members = client.members();
      String leader = leader(client);
      for (V2Member member : members) {
        String peers = " peerURLs=" + String.join(",", member.peerUrls());
        output.line(
            member.name().isEmpty()
                ? member.id() + "[unstarted]:" + peers
                : "%s: name=%s%s clientURLs=%s isLeader=%s"
                    .formatted(
                        member.id(),
                        member.name(),
                        peers,
                        String.join(",", member.clientUrls()),
                        member.id().equals(leader)));
      }
    }
  }

  private static String leader(V2Client client) throws Failure, Output.Closed {
    HttpResponse<String> response = client.send(Request.get("/v2/members/leader"), true);
    if (response.statusCode() != 200) {
      throw Failure.error("Failed to get leader: " + V2Client.refusal(response));
    }
    return V2Member.of(JsonParser.parseString(response.body()).getAsJsonObject()).id();
  }

  private static void add(V2Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 2) {
      throw Failure.error("Provide a name and a single member peerURL");
    }
    String name = invocation.text(0);
    try (V2Client client = invocation.client()) {
      HttpResponse<String> response =
          done(client.sendJson("POST", "/v2/members", body(List.of(invocation.text(1)))));
      String id = V2Member.of(JsonParser.parseString(response.body()).getAsJsonObject()).id();
      var cluster = new ArrayList<String>();
      for (V2Member member : client.members()) {
        String known = member.id().equals(id) ? name : member.name();
        member.peerUrls().forEach(url -> cluster.add(known + "=" + url));
      }
      Output output = invocation.console().output();
      output.line("Added member named %s with ID %s to cluster".formatted(name, id));
      output.line("");
      output.line("ETCD_NAME=" + GoText.quote(name));
      output.line("ETCD_INITIAL_CLUSTER=" + GoText.quote(String.join(",", cluster)));
      output.line("ETCD_INITIAL_CLUSTER_STATE=\"existing\"");
    }
  }

  private static void remove(V2Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.error("Provide a single member ID");
    }
    String id = invocation.text(0);
    try (V2Client client = invocation.client()) {
      List<V2Member> members = client.members();
      for (V2Member member : members) {
        if (member.name().equals(id)) {
          throw Failure.error(
              "a member is named %s; members are removed by their ID: etcdctl member remove %s"
                  .formatted(id, member.id()));
        }
      }
      if (members.stream().noneMatch(member -> member.id().equals(id))) {
        throw Failure.error("Couldn't find a member in the cluster with an ID of " + id + ".");
      }
      done(client.send(new Request("DELETE", "/v2/members/" + id, Map.of(), Map.of()), true));
      invocation.console().output().line("Removed member " + id + " from cluster");
    }
  }

  private static void update(V2Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 2) {
      throw Failure.error(
          "Provide an ID and a list of comma separated peerURL (0xabcd"
              + " http://example.com,http://example1.com)");
    }
    String id = invocation.text(0);
    List<String> urls = MemberCommands.checked(invocation.text(1));
    try (V2Client client = invocation.client()) {
      done(client.sendJson("PUT", "/v2/members/" + id, body(urls)));
      invocation.console().output().line("Updated member with ID " + id + " in cluster");
    }
  }

  private static String body(List<String> peerUrls) {
    var urls = new JsonArray();
    peerUrls.forEach(urls::add);
    var body = new JsonObject();
    body.add("peerURLs", urls);
    return body.toString();
  }

  private static HttpResponse<String> done(HttpResponse<String> response) throws Failure {
    if (response.statusCode() / 100 != 2) {
      throw Failure.error(V2Client.refusal(response));
    }
    return response;
  }
}
