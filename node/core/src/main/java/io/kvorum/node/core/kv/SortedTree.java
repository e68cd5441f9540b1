package io.kvorum.node.core.kv;

import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// An immutable sorted map from byte strings, whose changes are new maps that share all but a path
/// with the old one. Each entry has a weight, and the sum of the weights below a key is found in
/// one descent.
///
/// A treap: a search tree by key and a heap by a priority that is drawn from the key's own bytes,
/// so the shape depends on the content alone. The depth is logarithmic unless keys are chosen to
/// collide; the keys here are boundaries that lie hundreds of user keys apart.
final class SortedTree<V> {

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Node<V>(
      byte[] key, V value, long weight, @Nullable Node<V> left, @Nullable Node<V> right, long sum) {

    static <V> Node<V> of(
        byte[] key, V value, long weight, @Nullable Node<V> left, @Nullable Node<V> right) {
      return new Node<>(
          key, value, weight, left, right, SortedTree.sum(left) + weight + SortedTree.sum(right));
    }

    Node<V> with(@Nullable Node<V> newLeft, @Nullable Node<V> newRight) {
      return of(key, value, weight, newLeft, newRight);
    }

    boolean above(@Nullable Node<V> other) {
      return other == null || priority(key) >= priority(other.key);
    }

    private static int priority(byte[] key) {
      int hash = Arrays.hashCode(key) * 0x9E3779B9;
      hash ^= hash >>> 15;
      hash *= 0x85EBCA6B;
      return hash ^ (hash >>> 13);
    }
  }

  private static final SortedTree<Object> EMPTY = new SortedTree<>(null);

  private final @Nullable Node<V> root;

  private SortedTree(@Nullable Node<V> root) {
    this.root = root;
  }

  @SuppressWarnings("unchecked") // It holds no value of any type.
  static <V> SortedTree<V> empty() {
    return (SortedTree<V>) EMPTY;
  }

  /// The weights of all entries together.
  long sum() {
    return sum(root);
  }

  @Nullable V get(byte[] key) {
    Node<V> node = root;
    while (node != null) {
      int order = Arrays.compareUnsigned(key, node.key);
      if (order == 0) {
        return node.value;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  /// The greatest key at or below this one.
  byte @Nullable [] floorKey(byte[] key) {
    Node<V> node = root;
    byte[] best = null;
    while (node != null) {
      int order = Arrays.compareUnsigned(key, node.key);
      if (order == 0) {
        return node.key;
      }
      if (order > 0) {
        best = node.key;
      }
      node = order < 0 ? node.left : node.right;
    }
    return best;
  }

  /// The smallest key above this one.
  byte @Nullable [] higherKey(byte[] key) {
    Node<V> node = root;
    byte[] best = null;
    while (node != null) {
      boolean above = Arrays.compareUnsigned(node.key, key) > 0;
      if (above) {
        best = node.key;
      }
      node = above ? node.left : node.right;
    }
    return best;
  }

  /// The greatest key below this one.
  byte @Nullable [] lowerKey(byte[] key) {
    Node<V> node = root;
    byte[] best = null;
    while (node != null) {
      boolean below = Arrays.compareUnsigned(node.key, key) < 0;
      if (below) {
        best = node.key;
      }
      node = below ? node.right : node.left;
    }
    return best;
  }

  /// The weights of the entries whose keys are below this one.
  long sumBelow(byte[] key) {
    Node<V> node = root;
    long below = 0;
    while (node != null) {
      if (Arrays.compareUnsigned(node.key, key) < 0) {
        below += sum(node.left) + node.weight;
        node = node.right;
      } else {
        node = node.left;
      }
    }
    return below;
  }

  SortedTree<V> put(byte[] key, V value, long weight) {
    return new SortedTree<>(put(root, key, value, weight));
  }

  SortedTree<V> remove(byte[] key) {
    return new SortedTree<>(remove(root, key));
  }

  Walk<V> walk() {
    return new Walk<>(root);
  }

  private static <V> Node<V> put(@Nullable Node<V> node, byte[] key, V value, long weight) {
    if (node == null) {
      return Node.of(key, value, weight, null, null);
    }
    int order = Arrays.compareUnsigned(key, node.key);
    if (order == 0) {
      return Node.of(key, value, weight, node.left, node.right);
    }
    if (order < 0) {
      Node<V> left = put(node.left, key, value, weight);
      return node.above(left)
          ? node.with(left, node.right)
          : left.with(left.left, node.with(left.right, node.right));
    }
    Node<V> right = put(node.right, key, value, weight);
    return node.above(right)
        ? node.with(node.left, right)
        : right.with(node.with(node.left, right.left), right.right);
  }

  private static <V> @Nullable Node<V> remove(@Nullable Node<V> node, byte[] key) {
    if (node == null) {
      return null;
    }
    int order = Arrays.compareUnsigned(key, node.key);
    if (order == 0) {
      return join(node.left, node.right);
    }
    return order < 0
        ? node.with(remove(node.left, key), node.right)
        : node.with(node.left, remove(node.right, key));
  }

  /// Joins two trees, all of whose keys lie left and right.
  private static <V> @Nullable Node<V> join(@Nullable Node<V> left, @Nullable Node<V> right) {
    if (left == null) {
      return right;
    }
    if (right == null) {
      return left;
    }
    return left.above(right)
        ? left.with(left.left, join(left.right, right))
        : right.with(join(left, right.left), right.right);
  }

  private static long sum(@Nullable Node<?> node) {
    return node == null ? 0 : node.sum;
  }

  /// A walk up the entries. It stands before the first one until `next` or `seek`.
  static final class Walk<V> {

    private final @Nullable Node<V> root;

    /// The entries still to come that are ancestors of the present place, the next one on top.
    private final ArrayDeque<Node<V>> path = new ArrayDeque<>();

    private @Nullable Node<V> current;

    private Walk(@Nullable Node<V> root) {
      this.root = root;
      descend(root);
    }

    boolean next() {
      current = path.poll();
      if (current == null) {
        return false;
      }
      descend(current.right);
      return true;
    }

    /// Moves to the first entry at or above the key.
    boolean seek(byte[] key) {
      path.clear();
      Node<V> node = root;
      while (node != null) {
        if (Arrays.compareUnsigned(node.key, key) >= 0) {
          path.push(node);
          node = node.left;
        } else {
          node = node.right;
        }
      }
      return next();
    }

    byte[] key() {
      return here().key;
    }

    V value() {
      return here().value;
    }

    private Node<V> here() {
      if (current == null) {
        throw new IllegalStateException("the walk stands on no entry");
      }
      return current;
    }

    private void descend(@Nullable Node<V> from) {
      for (Node<V> node = from; node != null; node = node.left) {
        path.push(node);
      }
    }
  }
}
