package io.kvorum.localkube.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.Api;
import io.kvorum.localkube.api.ApiException;
import io.kvorum.localkube.api.PodLogs;
import io.kvorum.localkube.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Answers `kubectl logs`: the output of a container, and with `-f` what comes.
final class LogStream {

  private static final int BUFFER_BYTES = 64 << 10;

  /// How soon new output reaches a follower.
  private static final long FOLLOW_MILLIS = 200;

  private LogStream() {}

  static void serve(Call call, Api api, PodLogs logs) throws IOException, InterruptedException {
    if (!call.request().method().equals("GET")) {
      throw ApiException.methodNotAllowed();
    }
    ObjectNode pod = api.get(call.target(""));
    String container = container(call, pod);
    boolean previous = call.request().flag("previous");
    Path file = file(call, logs, container, previous, pod);
    var gone = new CountDownLatch(1);
    try (var in = new RandomAccessFile(file.toFile(), "r");
        OutputStream out = call.exchange().stream(200, "text/plain", gone::countDown)) {
      in.seek(start(in, call.request().parameter("tailLines")));
      copy(in, out);
      boolean follow = call.request().flag("follow") && !previous;
      boolean more = follow;
      while (more) {
        boolean growing = logs.growing(call.namespace(), call.name(), container);
        boolean quiet = copy(in, out) == 0;
        more = !(quiet && !growing) && !gone.await(FOLLOW_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
  }

  private static String container(Call call, ObjectNode pod) {
    String asked = call.request().parameter("container");
    List<String> names =
        List.of("containers", "initContainers").stream()
            .flatMap(list -> Json.items(pod, "spec", list).stream())
            .map(each -> Json.text(each, "name"))
            .toList();
    if (asked.isEmpty() && Json.items(pod, "spec", "containers").size() > 1) {
      throw ApiException.badRequest(
          "a container name must be specified for pod "
              + call.name()
              + ", choose one of: "
              + names);
    }
    if (!asked.isEmpty() && !names.contains(asked)) {
      throw ApiException.badRequest("container " + asked + " is not valid for pod " + call.name());
    }
    return asked.isEmpty() ? names.getFirst() : asked;
  }

  private static Path file(
      Call call, PodLogs logs, String container, boolean previous, ObjectNode pod) {
    Optional<Path> file = logs.file(call.namespace(), call.name(), container, previous);
    if (file.isPresent()) {
      return file.get();
    }
    if (previous) {
      throw ApiException.badRequest(
          "previous terminated container \""
              + container
              + "\" in pod \""
              + call.name()
              + "\" not found");
    }
    throw ApiException.badRequest(
        "container \""
            + container
            + "\" in pod \""
            + call.name()
            + "\" is waiting to start: "
            + waiting(pod, container));
  }

  private static String waiting(ObjectNode pod, String container) {
    for (JsonNode each : Json.items(pod, "status", "containerStatuses")) {
      String reason = Json.text(each, "state", "waiting", "reason");
      if (Json.text(each, "name").equals(container) && !reason.isEmpty()) {
        return reason;
      }
    }
    return "ContainerCreating";
  }

  /// Where the last lines begin.
  private static long start(RandomAccessFile in, String tailLines) throws IOException {
    if (!tailLines.matches("\\d{1,9}")) {
      return 0;
    }
    long wanted = Long.parseLong(tailLines);
    byte[] buffer = new byte[BUFFER_BYTES];
    long end = in.length();
    long lines = 0;
    for (long block = end; block > 0; block -= BUFFER_BYTES) {
      long from = Math.max(0, block - BUFFER_BYTES);
      int length = (int) (block - from);
      in.seek(from);
      in.readFully(buffer, 0, length);
      for (int i = length - 1; i >= 0; i--) {
        boolean last = from + i == end - 1;
        if (buffer[i] == '\n' && !last && ++lines == wanted) {
          return from + i + 1;
        }
      }
    }
    return wanted == 0 ? end : 0;
  }

  private static long copy(RandomAccessFile in, OutputStream out) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long copied = 0;
    for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
      out.write(buffer, 0, n);
      out.flush();
      copied += n;
    }
    return copied;
  }
}
