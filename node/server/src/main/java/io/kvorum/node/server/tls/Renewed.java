package io.kvorum.node.server.tls;

import io.kvorum.node.server.config.StartFailure;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A TLS context that follows its files: a renewed certificate is used by the next connection,
/// without a restart. Files that are broken for the moment are passed over.
final class Renewed implements Supplier<SslContext> {

  private static final Logger log = LoggerFactory.getLogger("tls");

  /// How often files are looked at, at most: a flood of connections reads no files.
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final List<Path> files;
  private final Supplier<SslContext> source;
  private SslContext context;
  private List<Object> state;
  private long lookedNanos;

  /// @param files the paths that were named; empty texts are skipped
  Renewed(List<String> files, Supplier<SslContext> source) {
    this.files = files.stream().filter(file -> !file.isEmpty()).map(Path::of).toList();
    this.source = source;
    this.state = look();
    this.context = source.get();
    this.lookedNanos = System.nanoTime();
  }

  @Override
  public synchronized SslContext get() {
    long now = System.nanoTime();
    if (now - lookedNanos >= LOOK_NANOS) {
      lookedNanos = now;
      List<Object> seen = look();
      if (!seen.equals(state)) {
        renew(seen);
      }
    }
    return context;
  }

  private void renew(List<Object> seen) {
    try {
      context = source.get();
      state = seen;
      log.atInfo().addKeyValue("files", files).log("new TLS files are in use");
    } catch (StartFailure e) {
      log.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("new TLS files cannot be used; the ones before stay");
    }
  }

  /// What tells a file from the one that was there before; a missing file is a state too.
  private List<Object> look() {
    var seen = new ArrayList<Object>();
    for (Path file : files) {
      try {
        seen.add(Files.getLastModifiedTime(file));
        seen.add(Files.size(file));
        seen.add(file.toRealPath());
      } catch (IOException e) {
        seen.add(e.toString());
      }
    }
    return seen;
  }
}
