package io.kvorum.node.server.proxy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.kvorum.node.server.peer.ClusterProbe.Answer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Asks members for the URLs of all of them, over the peer ports: Kvorum's by their own protocol,
/// etcd's by HTTP.
final class Members {

  private static final Duration BOUND = Duration.ofSeconds(2);

  private final HttpClient http;
  private final Probe probe;

  /// Asks members of Kvorum.
  @FunctionalInterface
  interface Probe {
    Answer ask(List<URI> peerUrls, long deadlineMillis);
  }

  /// Where the members of a cluster are.
  record Urls(List<URI> peers, List<URI> clients) {
    Urls {
      peers = List.copyOf(peers);
      clients = List.copyOf(clients);
    }
  }

  Members(HttpClient http, Probe probe) {
    this.http = http;
    this.probe = probe;
  }

  /// What the first that answers says; empty when none does.
  Optional<Urls> ask(List<URI> peerUrls) throws InterruptedException {
    for (URI peer : peerUrls) {
      if (probe.ask(List.of(peer), BOUND.toMillis()) instanceof Answer.Known known
          && !known.view().clientUrls().isEmpty()) {
        var peers = new ArrayList<URI>();
        known
            .view()
            .members()
            .forEach(member -> member.peerUrls().forEach(url -> peers.add(URI.create(url))));
        return Optional.of(
            new Urls(peers, known.view().clientUrls().stream().map(URI::create).toList()));
      }
      Optional<Urls> other = askByHttp(peer);
      if (other.isPresent()) {
        return other;
      }
    }
    return Optional.empty();
  }

  private Optional<Urls> askByHttp(URI peer) throws InterruptedException {
    try {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(peer.resolve("/members")).timeout(BOUND).GET().build(),
              HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        return Optional.empty();
      }
      var peers = new ArrayList<URI>();
      var clients = new ArrayList<URI>();
      for (JsonElement element : JsonParser.parseString(response.body()).getAsJsonArray()) {
        JsonObject member = element.getAsJsonObject();
        add(peers, member, "peerURLs");
        add(clients, member, "clientURLs");
      }
      return clients.isEmpty() ? Optional.empty() : Optional.of(new Urls(peers, clients));
    } catch (IOException | JsonParseException | IllegalStateException e) {
      return Optional.empty();
    }
  }

  private static void add(List<URI> urls, JsonObject member, String name) {
    if (member.has(name)) {
      member.getAsJsonArray(name).forEach(url -> urls.add(URI.create(url.getAsString())));
    }
  }
}
