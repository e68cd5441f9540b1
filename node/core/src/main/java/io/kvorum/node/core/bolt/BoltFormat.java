package io.kvorum.node.core.bolt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// How the pages of a file are laid out; numbers are little-endian.
///
/// ```
/// page:     id (8) | flags (2) | number of elements (2) | pages it goes on for (4) | elements
/// leaf:     per element: flags (4) | offset of the key from here (4) | key length (4) | value length (4)
/// branch:   per element: offset of the key from here (4) | key length (4) | page id (8)
/// meta:     magic (4) | version (4) | page size (4) | flags (4) | root page (8) | sequence (8)
///           | free list's page (8) | number of pages (8) | transaction (8) | FNV-1a of all that (8)
/// bucket:   root page (8), 0: the page follows | sequence (8)
/// ```
///
/// Keys and values stand behind the elements, in the same order.
final class BoltFormat {

  static final int PAGE_BYTES = 4_096;
  static final int HEADER_BYTES = 16;
  static final int ELEMENT_BYTES = 16;
  static final int BUCKET_BYTES = 16;
  static final int META_BYTES = 64;

  static final int BRANCH = 0x01;
  static final int LEAF = 0x02;
  static final int META = 0x04;
  static final int FREE_LIST = 0x10;

  /// The flag of a leaf's element that is a bucket.
  static final int IS_BUCKET = 0x01;

  static final int MAGIC = 0xED0CDAED;
  static final int VERSION = 2;

  private static final long FNV_OFFSET = 0xCBF29CE484222325L;
  private static final long FNV_PRIME = 0x100000001B3L;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private BoltFormat() {}

  /// The pages that so many bytes take.
  static int pages(long bytes) {
    return Math.toIntExact(Math.ceilDiv(bytes, (long) PAGE_BYTES));
  }

  /// An empty page with its header.
  static byte[] page(long id, int flags, int count, int pages) {
    var page = new byte[pages * PAGE_BYTES];
    putHeader(page, id, flags, count, pages);
    return page;
  }

  static void putHeader(byte[] page, long id, int flags, int count, int pages) {
    putLong(page, 0, id);
    putShort(page, 8, flags);
    putShort(page, 10, count);
    putInt(page, 12, pages - 1);
  }

  static long metaChecksum(byte[] page, int at) {
    long hash = FNV_OFFSET;
    for (int i = 0; i < META_BYTES - Long.BYTES; i++) {
      hash = (hash ^ (page[at + i] & 0xFF)) * FNV_PRIME;
    }
    return hash;
  }

  static int getShort(byte[] page, int at) {
    return (short) SHORT.get(page, at) & 0xFFFF;
  }

  static int getInt(byte[] page, int at) {
    return (int) INT.get(page, at);
  }

  static long getLong(byte[] page, int at) {
    return (long) LONG.get(page, at);
  }

  static void putShort(byte[] page, int at, int value) {
    SHORT.set(page, at, (short) value);
  }

  static void putInt(byte[] page, int at, int value) {
    INT.set(page, at, value);
  }

  static void putLong(byte[] page, int at, long value) {
    LONG.set(page, at, value);
  }
}
