package io.kvorum.localkube.store;

import java.util.Comparator;

/// Where an object is kept.
///
/// @param resource `pods`, or with a group `storeclusters.kvorum.io`
/// @param namespace the namespace, or "" for a cluster's own objects
/// @param name the object's name
public record Key(String resource, String namespace, String name) implements Comparable<Key> {

  private static final Comparator<Key> ORDER =
      Comparator.comparing(Key::resource).thenComparing(Key::namespace).thenComparing(Key::name);

  @Override
  public int compareTo(Key other) {
    return ORDER.compare(this, other);
  }
}
