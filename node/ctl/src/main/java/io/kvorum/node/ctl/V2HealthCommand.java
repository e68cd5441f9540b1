package io.kvorum.node.ctl;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Whether each member, and so the cluster, is well.
final class V2HealthCommand {

  private static final long PAUSE_SECONDS = 10;

  /// The cluster is not well.
  private static final ExitCode UNHEALTHY = ExitCode.INTERRUPTED;

  static final V2Command CLUSTER_HEALTH =
      new V2Command(
          "cluster-health",
          "",
          "ask each member how it is",
          List.of(Flag.toggle("forever", "again every 10 seconds until Ctrl-C").withLetter('f')),
          V2HealthCommand::run);

  private V2HealthCommand() {}

  private static void run(V2Invocation invocation) throws Failure, IOException {
    Output output = invocation.console().output();
    boolean forever = invocation.flags().on("forever");
    do {
      try (var client = V2Client.unsynchronized(invocation.settings(), invocation.console())) {
        boolean healthy = check(client, output);
        if (!forever && !healthy) {
          throw Failure.of(UNHEALTHY, "");
        }
      }
      if (forever) {
        output.text("\nnext check after 10 second...\n\n");
        output.flush();
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(PAUSE_SECONDS));
      }
    } while (forever);
  }

  private static boolean check(V2Client client, Output output) throws Failure, Output.Closed {
    List<V2Member> members;
    try {
      members = client.members();
    } catch (Failure e) {
      output.line("cluster may be unhealthy: failed to list members");
      throw Failure.of(ExitCode.BAD_FEATURE, e.text());
    }
    int healthy = 0;
    for (V2Member member : members) {
      healthy += isHealthy(member, client, output) ? 1 : 0;
    }
    boolean all = healthy == members.size();
    output.line("cluster is " + (all ? "healthy" : healthy == 0 ? "unavailable" : "degraded"));
    return all;
  }

  private static boolean isHealthy(V2Member member, V2Client client, Output output)
      throws Failure, Output.Closed {
    if (member.clientUrls().isEmpty()) {
      output.line("member " + member.id() + " is unreachable: no available published client urls");
      return false;
    }
    for (String url : member.clientUrls()) {
      try {
        boolean healthy = saysHealthy(client.health(url).body());
        output.line(
            "member %s is %s: got %s result from %s"
                .formatted(
                    member.id(),
                    healthy ? "healthy" : "unhealthy",
                    healthy ? "healthy" : "unhealthy",
                    url));
        return healthy;
      } catch (IOException | JsonParseException | IllegalStateException e) {
        output.line(
            "failed to check the health of member %s on %s: %s"
                .formatted(member.id(), url, e.getMessage()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Failure.of(ExitCode.INTERRUPTED, "interrupted");
      }
    }
    output.line(
        "member %s is unreachable: [%s] are all unreachable"
            .formatted(member.id(), String.join(" ", member.clientUrls())));
    return false;
  }

  /// `{"health":"true"}`, and of members long ago `{"health":true}`.
  private static boolean saysHealthy(String body) {
    JsonElement health = JsonParser.parseString(body).getAsJsonObject().get("health");
    return health != null && health.isJsonPrimitive() && health.getAsString().equals("true");
  }
}
