package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.AlarmMember;
import io.kvorum.node.proto.etcd.AlarmRequest;
import io.kvorum.node.proto.etcd.AlarmResponse;
import io.kvorum.node.proto.etcd.HashKVRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.StatusRequest;
import io.kvorum.node.proto.etcd.StatusResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// The commands that ask every endpoint for itself, all at the same time.
final class EndpointCommands {

  static final Flag CLUSTER =
      Flag.toggle("cluster", "ask all members of the cluster, at their client URLs");

  static final Command HEALTH =
      new Command(
          "endpoint health",
          "",
          "find out whether each endpoint commits proposals",
          "",
          List.of(CLUSTER),
          EndpointCommands::health);

  static final Command STATUS =
      new Command(
          "endpoint status",
          "",
          "print version, size, leader and progress of each endpoint",
          "",
          List.of(CLUSTER),
          EndpointCommands::status);

  static final Command HASH =
      new Command(
          "endpoint hashkv",
          "",
          "print the hash of each endpoint's history of keys",
          "",
          List.of(CLUSTER, Flag.number("rev", "hash up to this revision; 0: all")),
          EndpointCommands::hash);

  /// A key that is asked for to see a round of consensus; whether it exists does not matter.
  private static final ByteString PROBE = ByteString.copyFromUtf8("health");

  private EndpointCommands() {}

  /// One endpoint's answer, or its failure.
  private sealed interface Outcome<T> {
    record Answered<T>(T value) implements Outcome<T> {}

    record Failed<T>(Failure failure) implements Outcome<T> {}
  }

  @FunctionalInterface
  private interface Question<T> {
    T ask(Client client) throws Failure, IOException;
  }

  private static void health(Invocation invocation) throws Failure, IOException {
    var healths = new ArrayList<Answer.Health>();
    for (Outcome<Answer.Health> outcome : askEach(clients(invocation), EndpointCommands::probe)) {
      switch (outcome) {
        case Outcome.Answered<Answer.Health> answered -> healths.add(answered.value());
        case Outcome.Failed<Answer.Health> failed -> throw failed.failure();
      }
    }
    if (invocation.plain()) {
      printHealth(invocation.console(), healths);
    } else {
      invocation.print(new Answer.EndpointHealth(healths));
    }
    if (!healths.stream().allMatch(Answer.Health::healthy)) {
      throw Failure.error("unhealthy cluster");
    }
  }

  private static void printHealth(Console console, List<Answer.Health> healths)
      throws Output.Closed {
    for (Answer.Health health : healths) {
      if (health.healthy()) {
        console
            .output()
            .line(
                "%s is healthy: successfully committed proposal: took = %s"
                    .formatted(health.endpoint(), GoText.duration(health.tookNanos())));
      } else {
        console
            .errors()
            .line(
                "%s is unhealthy: failed to commit proposal: %s"
                    .formatted(health.endpoint(), health.error()));
      }
    }
  }

  private static Answer.Health probe(Client client) throws IOException {
    String endpoint = client.endpoint().text();
    long start = System.nanoTime();
    String error = "";
    try {
      RangeRequest request = RangeRequest.newBuilder().setKey(PROBE).build();
      client.read(channel -> KVGrpc.newBlockingStub(channel).range(request));
    } catch (Failure e) {
      // A refusal for lack of rights proves that the member works.
      error = e.text().equals("etcdserver: permission denied") ? "" : e.text();
    }
    long took = System.nanoTime() - start;
    if (error.isEmpty()) {
      error = alarms(client);
    }
    return new Answer.Health(endpoint, error.isEmpty(), took, error);
  }

  private static String alarms(Client client) throws IOException {
    try {
      AlarmRequest request =
          AlarmRequest.newBuilder().setAction(AlarmRequest.AlarmAction.GET).build();
      AlarmResponse response =
          client.read(channel -> MaintenanceGrpc.newBlockingStub(channel).alarm(request));
      var active = new StringBuilder();
      for (AlarmMember alarm : response.getAlarmsList()) {
        active.append(alarm.getAlarm().name()).append(' ');
      }
      return active.isEmpty() ? "" : "Active Alarm(s): " + active;
    } catch (Failure e) {
      return "Unable to fetch the alarm list";
    }
  }

  private static void status(Invocation invocation) throws Failure, IOException {
    List<Client> clients = clients(invocation);
    List<Outcome<StatusResponse>> outcomes = askEach(clients, EndpointCommands::status);
    var statuses = new ArrayList<Answer.Status>();
    boolean failed = false;
    for (int i = 0; i < clients.size(); i++) {
      String endpoint = clients.get(i).endpoint().text();
      switch (outcomes.get(i)) {
        case Outcome.Answered<StatusResponse> answered ->
            statuses.add(new Answer.Status(endpoint, answered.value()));
        case Outcome.Failed<StatusResponse> failure -> {
          failed = true;
          invocation
              .console()
              .errors()
              .line(
                  "Failed to get the status of endpoint %s (%s)"
                      .formatted(endpoint, failure.failure().text()));
        }
      }
    }
    invocation.print(new Answer.EndpointStatus(statuses));
    if (failed) {
      throw Failure.error("");
    }
  }

  static StatusResponse status(Client client) throws Failure, IOException {
    return client.read(channel ->
        MaintenanceGrpc.newBlockingStub(channel).status(StatusRequest.getDefaultInstance()));
  }

  private static void hash(Invocation invocation) throws Failure, IOException {
    HashKVRequest request =
        HashKVRequest.newBuilder().setRevision(invocation.flags().number("rev")).build();
    List<Client> clients = clients(invocation);
    var outcomes =
        askEach(
            clients,
            client ->
                client.read(channel -> MaintenanceGrpc.newBlockingStub(channel).hashKV(request)));
    var hashes = new ArrayList<Answer.Hash>();
    String error = "";
    for (int i = 0; i < clients.size(); i++) {
      String endpoint = clients.get(i).endpoint().text();
      switch (outcomes.get(i)) {
        case Outcome.Answered<io.kvorum.node.proto.etcd.HashKVResponse> answered ->
            hashes.add(new Answer.Hash(endpoint, answered.value()));
        case Outcome.Failed<io.kvorum.node.proto.etcd.HashKVResponse> failed -> {
          error = failed.failure().text();
          invocation
              .console()
              .errors()
              .line("Failed to get the hash of endpoint %s (%s)".formatted(endpoint, error));
        }
      }
    }
    invocation.print(new Answer.EndpointHash(hashes));
    if (!error.isEmpty()) {
      throw Failure.error(error);
    }
  }

  /// One client per endpoint: those given, or with `--cluster` those of all members.
  static List<Client> clients(Invocation invocation) throws Failure, IOException {
    if (!invocation.flags().on("cluster")) {
      return invocation.client().each();
    }
    var endpoints = new ArrayList<Endpoint>();
    try {
      for (Member member : MemberCommands.list(invocation.client(), true).getMembersList()) {
        for (String url : member.getClientURLsList()) {
          endpoints.add(Endpoint.parse(url));
        }
      }
    } catch (Failure e) {
      throw Failure.error("failed to fetch endpoints from etcd cluster member list: " + e.text());
    }
    return invocation.client().of(endpoints).each();
  }

  private static <T> List<Outcome<T>> askEach(List<Client> clients, Question<T> question)
      throws IOException {
    var outcomes = new ArrayList<Outcome<T>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<Future<Outcome<T>>>();
      for (Client client : clients) {
        running.add(threads.submit(() -> ask(client, question)));
      }
      for (Future<Outcome<T>> one : running) {
        outcomes.add(one.get());
      }
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while asking the endpoints", e);
    }
    return outcomes;
  }

  private static <T> Outcome<T> ask(Client client, Question<T> question) throws IOException {
    try {
      return new Outcome.Answered<>(question.ask(client));
    } catch (Failure e) {
      return new Outcome.Failed<>(e);
    }
  }
}
