package io.kvorum.node.server.proxy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.kvorum.node.server.config.StartFailure;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.StreamSupport;

/// Whom a proxy serves, kept where etcd keeps it: `<data-dir>/proxy/cluster`. Its peer URLs are
/// where it asks again after a restart.
public final class ClusterFile {

  private static final String PEER_URLS = "PeerURLs";

  private final Path file;

  private ClusterFile(Path file) {
    this.file = file;
  }

  /// That of a data directory, there or not.
  public static ClusterFile in(Path dataDirectory) {
    return new ClusterFile(dataDirectory.resolve("proxy").resolve("cluster"));
  }

  public boolean exists() {
    return Files.exists(file);
  }

  /// The peer URLs in it.
  public List<URI> read() {
    try {
      JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
      return StreamSupport.stream(json.getAsJsonArray(PEER_URLS).spliterator(), false)
          .map(JsonElement::getAsString)
          .map(URI::create)
          .toList();
    } catch (IOException
        | JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | NullPointerException e) {
      throw StartFailure.configuration(
          file
              + " does not hold the members of a cluster: delete it to find them anew ("
              + e
              + ")");
    }
  }

  void write(List<URI> peerUrls) {
    var urls = new JsonArray();
    peerUrls.forEach(url -> urls.add(url.toString()));
    var json = new JsonObject();
    json.add(PEER_URLS, urls);
    Path temporary = file.resolveSibling("cluster.bak");
    try {
      Files.createDirectories(file.resolveSibling(""));
      Files.writeString(temporary, json.toString());
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw StartFailure.configuration("cannot write " + file + ": " + e);
    }
  }
}
