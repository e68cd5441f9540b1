package io.kvorum.node.server.bootstrap;

import io.kvorum.node.server.config.Url;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Whether two lists of URLs mean the same listeners: by their text, else by the addresses their
/// host names resolve to. A name that does not resolve yet is tried again for a while: DNS often
/// comes up after the member does.
final class UrlComparison {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /// Turns a host name into addresses.
  @FunctionalInterface
  interface Resolver {
    List<InetAddress> resolve(String host) throws UnknownHostException;
  }

  private final Resolver resolver;
  private final Duration patience;
  private String lastError = "none";

  UrlComparison(Resolver resolver, Duration patience) {
    this.resolver = resolver;
    this.patience = patience;
  }

  /// With the machine's resolver.
  static UrlComparison ofThisMachine() {
    return new UrlComparison(host -> Arrays.asList(InetAddress.getAllByName(host)), PATIENCE);
  }

  /// Whether the URLs are the same, however they are written and in whatever order.
  boolean same(List<String> left, List<String> right) {
    if (left.stream().sorted().toList().equals(right.stream().sorted().toList())) {
      return true;
    }
    if (left.size() != right.size()) {
      return false;
    }
    Set<String> resolvedLeft = resolveAll(left);
    Set<String> resolvedRight = resolvedLeft == null ? null : resolveAll(right);
    return resolvedLeft != null && Objects.equals(resolvedLeft, resolvedRight);
  }

  /// Why the last name did not resolve.
  String lastError() {
    return lastError;
  }

  private @Nullable Set<String> resolveAll(List<String> urls) {
    var resolved = new TreeSet<String>();
    for (String text : urls) {
      List<InetAddress> addresses;
      Url url;
      try {
        url = Url.parse(text);
        addresses = resolvePatiently(url.host());
      } catch (IllegalArgumentException | UnknownHostException e) {
        lastError = String.valueOf(e.getMessage());
        return null;
      }
      addresses.forEach(address ->
          resolved.add(url.scheme() + "://" + address.getHostAddress() + ":" + url.port()));
    }
    return resolved;
  }

  private List<InetAddress> resolvePatiently(String host) throws UnknownHostException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        return resolver.resolve(host);
      } catch (UnknownHostException e) {
        if (System.nanoTime() - deadline >= 0) {
          throw e;
        }
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }
}
