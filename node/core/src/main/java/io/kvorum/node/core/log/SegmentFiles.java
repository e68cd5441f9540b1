package io.kvorum.node.core.log;

import java.util.List;

/// The folder that holds the log, and nothing else. What a disk may do to it is the contract: until
/// `syncDirectory` returns, each creation, renaming and removal may or may not survive a power
/// loss.
///
/// Every method throws `DiskFailedException` (or its `DiskFullException`) naming operation and
/// path.
public interface SegmentFiles {

  /// How a person finds the folder; for messages.
  String path();

  /// The names of all files, in their natural order.
  List<String> names();

  /// A new, empty file.
  SegmentFile create(String name);

  /// An existing file.
  SegmentFile open(String name);

  /// Gives the file another name, which no file bears yet; `file.name()` is the new one from here
  /// on.
  void rename(SegmentFile file, String name);

  /// Closes the file and removes its name.
  void remove(SegmentFile file);

  /// Makes every creation, renaming and removal so far durable.
  void syncDirectory();
}
