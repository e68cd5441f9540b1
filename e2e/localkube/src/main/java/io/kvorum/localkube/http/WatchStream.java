package io.kvorum.localkube.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.Api;
import io.kvorum.localkube.api.ApiException;
import io.kvorum.localkube.api.ObjectWatch;
import io.kvorum.localkube.api.Selector;
import io.kvorum.localkube.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// Answers a watch: one JSON document for each event until the client goes or its time is up.
final class WatchStream {

  /// Kubernetes ends watches after half an hour to an hour, so clients know how to resume.
  private static final int MIN_SECONDS = 1800;

  private static final long BOOKMARK_MILLIS = 60_000;

  /// How long an idle watch sleeps at most before it looks whether its client is still there.
  private static final long POLL_MILLIS = 30_000;

  /// Where events go: a chunk of a response, or a WebSocket's message.
  private interface Sink extends AutoCloseable {
    void send(byte[] event) throws IOException;

    @Override
    void close() throws IOException;
  }

  private final Call call;
  private final Media media;
  private final AtomicBoolean gone = new AtomicBoolean();
  private @Nullable Thread writer;
  private boolean columnsSent;

  private WatchStream(Call call) {
    this.call = call;
    this.media = Media.of(call.request());
  }

  static void serve(Call call, Api api) throws IOException, InterruptedException {
    new WatchStream(call).run(api);
  }

  private void run(Api api) throws IOException, InterruptedException {
    HttpRequest request = call.request();
    Selector selector = call.selector();
    long after = version(request.parameter("resourceVersion"));
    boolean initial = request.flag("sendInitialEvents");
    boolean fresh = initial || request.parameter("resourceVersion").isEmpty() || after == 0;
    writer = Thread.currentThread();
    try (ObjectWatch watch = api.watch(call.type(), call.namespace(), selector, fresh ? 0 : after);
        Sink sink = open()) {
      pump(watch, sink, initial);
    } catch (IOException | InterruptedException e) {
      if (!gone.get()) {
        throw e;
      }
    }
  }

  private static long version(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    if (!text.matches("\\d{1,18}")) {
      throw ApiException.badRequest("resourceVersion: Invalid value: \"" + text + "\"");
    }
    return Long.parseLong(text);
  }

  private void hangup() {
    gone.set(true);
    Thread thread = writer;
    if (thread != null) {
      thread.interrupt();
    }
  }

  private Sink open() throws IOException {
    HttpRequest request = call.request();
    if (request.header("upgrade").equalsIgnoreCase("websocket")) {
      WebSocket socket = call.exchange().upgrade(request, this::hangup);
      return new Sink() {
        @Override
        public void send(byte[] event) throws IOException {
          socket.send(event);
        }

        @Override
        public void close() throws IOException {
          socket.close();
        }
      };
    }
    OutputStream out = call.exchange().stream(200, Media.JSON, this::hangup);
    return new Sink() {
      @Override
      public void send(byte[] event) throws IOException {
        out.write(event);
        out.write('\n');
        out.flush();
      }

      @Override
      public void close() throws IOException {
        out.close();
      }
    };
  }

  private void pump(ObjectWatch watch, Sink sink, boolean initial)
      throws IOException, InterruptedException {
    boolean bookmarks = call.request().flag("allowWatchBookmarks");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds());
    long told = watch.seen();
    long bookmarkAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BOOKMARK_MILLIS);
    boolean announce = initial;
    while (!gone.get() && System.nanoTime() < end) {
      if (watch.overrun()) {
        sink.send(event("ERROR", ApiException.expired("the watch is too far behind").status()));
        return;
      }
      ObjectWatch.Event next = watch.poll(announce ? 0 : pause(end));
      if (next != null) {
        sink.send(event(next.type(), shown(next.object())));
        told = next.version();
      } else if (announce) {
        sink.send(event("BOOKMARK", bookmark(watch.seen(), true)));
        announce = false;
      } else if (bookmarks && System.nanoTime() >= bookmarkAt) {
        if (watch.seen() > told || !initial) {
          sink.send(event("BOOKMARK", bookmark(watch.seen(), false)));
          told = watch.seen();
        }
        bookmarkAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BOOKMARK_MILLIS);
      }
    }
  }

  private static long pause(long end) {
    long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    return Math.clamp(left, 1, POLL_MILLIS);
  }

  private long seconds() {
    String asked = call.request().parameter("timeoutSeconds");
    return asked.matches("\\d{1,9}")
        ? Long.parseLong(asked)
        : MIN_SECONDS + ThreadLocalRandom.current().nextInt(MIN_SECONDS);
  }

  private ObjectNode shown(ObjectNode object) {
    ObjectNode shown = media.show(object, call.type(), call.request(), !columnsSent);
    columnsSent = true;
    return shown;
  }

  private ObjectNode bookmark(long version, boolean initialEnd) {
    ObjectNode object = Json.object();
    object.put("kind", call.type().kind());
    object.put("apiVersion", call.type().apiVersion());
    ObjectNode metadata = object.putObject("metadata");
    metadata.put("resourceVersion", Long.toString(version));
    metadata.putNull("creationTimestamp");
    if (initialEnd) {
      metadata.putObject("annotations").put("k8s.io/initial-events-end", "true");
    }
    return media == Media.WHOLE ? object : media.show(object, call.type(), call.request(), false);
  }

  private static byte[] event(String type, ObjectNode object) {
    ObjectNode event = Json.object();
    event.put("type", type);
    event.set("object", object);
    return event.toString().getBytes(StandardCharsets.UTF_8);
  }
}
