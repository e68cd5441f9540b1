package io.kvorum.node.server.watch;

import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.KeyRange;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Finds, for a key, everything registered for a range that holds it.
///
/// A treap over the ranges, ordered by start and then by end, where each node also knows the
/// highest end below it: a search leaves out every subtree that ends too early. Equal ranges share
/// a node.
public final class IntervalIndex<T> {
  private @Nullable Node<T> root;

  private static final class Node<T> {
    final KeyRange range;
    final int priority;
    final Set<T> items = new LinkedHashSet<>();
    @Nullable Node<T> left;
    @Nullable Node<T> right;

    /// The highest end in this subtree; null when a range is open above.
    @Nullable Bytes maxEnd;

    Node(KeyRange range) {
      this.range = range;
      this.priority = mixed(range.hashCode());
      this.maxEnd = range.end();
    }
  }

  /// Spreads hashes of similar ranges: priorities must look random for the tree to be flat.
  private static int mixed(int hash) {
    int mixed = hash * 0x9E3779B9;
    mixed ^= mixed >>> 15;
    mixed *= 0x85EBCA6B;
    return mixed ^ (mixed >>> 13);
  }

  public void add(KeyRange range, T item) {
    root = add(root, range, item);
  }

  private Node<T> add(@Nullable Node<T> node, KeyRange range, T item) {
    if (node == null) {
      var leaf = new Node<T>(range);
      leaf.items.add(item);
      return leaf;
    }
    int order = compare(range, node.range);
    if (order == 0) {
      node.items.add(item);
      return node;
    }
    if (order < 0) {
      Node<T> child = add(node.left, range, item);
      node.left = child;
      return child.priority > node.priority ? rotatedRight(node, child) : updated(node);
    }
    Node<T> child = add(node.right, range, item);
    node.right = child;
    return child.priority > node.priority ? rotatedLeft(node, child) : updated(node);
  }

  public void remove(KeyRange range, T item) {
    root = remove(root, range, item);
  }

  private @Nullable Node<T> remove(@Nullable Node<T> node, KeyRange range, T item) {
    if (node == null) {
      return null;
    }
    int order = compare(range, node.range);
    if (order < 0) {
      node.left = remove(node.left, range, item);
    } else if (order > 0) {
      node.right = remove(node.right, range, item);
    } else {
      node.items.remove(item);
      if (node.items.isEmpty()) {
        return merged(node.left, node.right);
      }
    }
    return updated(node);
  }

  /// One tree of two, where everything in `low` is below everything in `high`.
  private @Nullable Node<T> merged(@Nullable Node<T> low, @Nullable Node<T> high) {
    if (low == null) {
      return high;
    }
    if (high == null) {
      return low;
    }
    if (low.priority > high.priority) {
      low.right = merged(low.right, high);
      return updated(low);
    }
    high.left = merged(low, high.left);
    return updated(high);
  }

  private Node<T> rotatedRight(Node<T> node, Node<T> child) {
    node.left = child.right;
    updated(node);
    child.right = node;
    return updated(child);
  }

  private Node<T> rotatedLeft(Node<T> node, Node<T> child) {
    node.right = child.left;
    updated(node);
    child.left = node;
    return updated(child);
  }

  private Node<T> updated(Node<T> node) {
    Bytes max = node.range.end();
    if (node.left != null) {
      max = later(max, node.left.maxEnd);
    }
    if (node.right != null) {
      max = later(max, node.right.maxEnd);
    }
    node.maxEnd = max;
    return node;
  }

  private static @Nullable Bytes later(@Nullable Bytes one, @Nullable Bytes other) {
    if (one == null || other == null) {
      return null;
    }
    return one.compareTo(other) >= 0 ? one : other;
  }

  private static int compare(KeyRange one, KeyRange other) {
    int byStart = one.start().compareTo(other.start());
    if (byStart != 0) {
      return byStart;
    }
    Bytes end = one.end();
    Bytes otherEnd = other.end();
    if (end == null || otherEnd == null) {
      return Boolean.compare(end == null, otherEnd == null);
    }
    return end.compareTo(otherEnd);
  }

  /// Gives everything whose range holds the key.
  public void forEachOf(Bytes key, Consumer<? super T> found) {
    visit(root, key, found);
  }

  private void visit(@Nullable Node<T> node, Bytes key, Consumer<? super T> found) {
    if (node == null || (node.maxEnd != null && node.maxEnd.compareTo(key) <= 0)) {
      return;
    }
    visit(node.left, key, found);
    if (node.range.start().compareTo(key) <= 0) {
      if (node.range.wants(key)) {
        node.items.forEach(found);
      }
      visit(node.right, key, found);
    }
  }
}
