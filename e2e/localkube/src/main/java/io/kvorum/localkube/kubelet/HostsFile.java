package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The cluster's names in the format of `/etc/hosts`: Pods with a hostname and a subdomain, and
/// Services as the Pods behind them.
///
/// Written in place and never shorter than what stands in it while it is written: foreign programs
/// have it bind-mounted over `/etc/hosts`, so a renamed file would not reach them, and a reader
/// must not find it empty.
final class HostsFile {

  private final Path file;
  private final Addresses addresses;
  private String written = "";

  HostsFile(Path file, Addresses addresses) {
    this.file = file;
    this.addresses = addresses;
    write("127.0.0.1 localhost\n");
  }

  Path path() {
    return file;
  }

  /// Brings the file up to date.
  synchronized void update(List<ObjectNode> pods, List<ObjectNode> services) {
    var text = new StringBuilder("127.0.0.1 localhost\n");
    for (ObjectNode pod : pods) {
      String hostname = Json.text(pod, "spec", "hostname");
      String subdomain = Json.text(pod, "spec", "subdomain");
      if (!hostname.isEmpty() && !subdomain.isEmpty()) {
        line(text, address(pod), hostname + "." + subdomain, namespace(pod));
      }
    }
    for (ObjectNode service : services) {
      for (ObjectNode pod : behind(service, pods)) {
        line(text, address(pod), Json.text(service, "metadata", "name"), namespace(service));
      }
    }
    if (!written.contentEquals(text)) {
      write(text.toString());
    }
  }

  private static List<ObjectNode> behind(ObjectNode service, List<ObjectNode> pods) {
    List<Map.Entry<String, JsonNode>> selector = Json.fields(service, "spec", "selector");
    boolean unready = Json.flag(service, "spec", "publishNotReadyAddresses");
    var found = new ArrayList<ObjectNode>();
    for (ObjectNode pod : pods) {
      boolean selected =
          !selector.isEmpty()
              && namespace(pod).equals(namespace(service))
              && selector.stream()
                  .allMatch(label ->
                      Json.text(pod, "metadata", "labels", label.getKey())
                          .equals(label.getValue().asText()));
      if (selected && (unready || PodStatus.isReady(pod))) {
        found.add(pod);
      }
    }
    return found;
  }

  private static String namespace(ObjectNode object) {
    return Json.text(object, "metadata", "namespace");
  }

  private String address(ObjectNode pod) {
    return addresses.of(namespace(pod), Json.text(pod, "metadata", "name"));
  }

  private static void line(StringBuilder text, String address, String name, String namespace) {
    String qualified = name + "." + namespace;
    text.append(address)
        .append(' ')
        .append(qualified)
        .append(".svc.cluster.local ")
        .append(qualified)
        .append(".svc ")
        .append(qualified)
        .append('\n');
  }

  private void write(String text) {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      int length = bytes.remaining();
      while (bytes.hasRemaining()) {
        channel.write(bytes, bytes.position());
      }
      channel.truncate(length);
      written = text;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the names of Pods to " + file, e);
    }
  }
}
