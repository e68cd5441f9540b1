package io.kvorum.node.core.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A folder in memory that behaves like one on a real disk when the power goes: of everything not
/// synced, each sector, each file's size and each change of the folder survives or not, as the
/// random numbers say. A sector that was written several times may survive in any of its versions.
///
/// An operation can be made to fail, or to be the one during which the power goes. After
/// `powerLoss` or `kill` the files opened before are gone; open them again, as a new process would.
public final class SimulatedDisk implements SegmentFiles {

  public static final int SECTOR_BYTES = 512;

  private static final long NEVER = Long.MAX_VALUE;

  /// Versions of a sector that are remembered between two syncs; more tell nothing new.
  private static final int MAX_VERSIONS = 8;

  /// The power has gone during an operation; the process that used the disk is no more.
  public static final class PowerLost extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PowerLost(String operation) {
      super("the power went during " + operation);
    }
  }

  private final RandomGenerator random;
  private final TreeMap<String, Inode> names = new TreeMap<>();
  private final TreeMap<String, Inode> durableNames = new TreeMap<>();
  private final ArrayList<FolderChange> changes = new ArrayList<>();
  private int process;
  private long operationsUntilPowerLoss = NEVER;
  private long operationsUntilFailure = NEVER;
  private long capacityBytes = NEVER;

  public SimulatedDisk(RandomGenerator random) {
    this.random = random;
  }

  /// A change of the folder that may or may not survive.
  private record FolderChange(@Nullable String from, @Nullable String to, Inode inode) {

    /// Applies it as far as the changes before it have survived.
    void applyTo(Map<String, Inode> folder) {
      if (from != null && !folder.remove(from, inode)) {
        return;
      }
      if (to != null) {
        folder.put(to, inode);
      }
    }
  }

  private static final class Inode {
    byte[] content = {};
    byte[] durable = {};
    final TreeMap<Integer, List<byte[]>> unsyncedSectors = new TreeMap<>();
    final ArrayList<Integer> unsyncedSizes = new ArrayList<>();

    void resize(int size) {
      content = Arrays.copyOf(content, size);
      unsyncedSizes.add(size);
    }

    void write(int offset, byte[] bytes) {
      if (offset + bytes.length > content.length) {
        resize(offset + bytes.length);
      }
      System.arraycopy(bytes, 0, content, offset, bytes.length);
      for (int sector = offset / SECTOR_BYTES;
          sector * SECTOR_BYTES < offset + bytes.length;
          sector++) {
        List<byte[]> versions = unsyncedSectors.computeIfAbsent(sector, _ -> new ArrayList<>());
        if (versions.size() == MAX_VERSIONS) {
          versions.removeFirst();
        }
        versions.add(sector(content, sector));
      }
    }

    static byte[] sector(byte[] content, int sector) {
      int from = sector * SECTOR_BYTES;
      return Arrays.copyOfRange(content, from, Math.min(from + SECTOR_BYTES, content.length));
    }

    void sync() {
      durable = content.clone();
      unsyncedSectors.clear();
      unsyncedSizes.clear();
    }

    /// Decides what of the unsynced writes has survived.
    void losePower(RandomGenerator random, double survival) {
      int size = durable.length;
      for (int unsynced : unsyncedSizes) {
        size = random.nextDouble() < survival ? unsynced : size;
      }
      byte[] survived = Arrays.copyOf(durable, size);
      unsyncedSectors.forEach((sector, versions) -> {
        if (random.nextDouble() < survival) {
          byte[] version = versions.get(random.nextInt(versions.size()));
          int from = sector * SECTOR_BYTES;
          if (from < survived.length) {
            System.arraycopy(
                version, 0, survived, from, Math.min(version.length, survived.length - from));
          }
        }
      });
      content = survived;
      sync();
    }
  }

  /// The power goes and comes back. Everything unsynced is decided.
  public void powerLoss() {
    restartProcess();
    double[] survivals = {0, 0.1, 0.5, 0.9, 1};
    double survival = survivals[random.nextInt(survivals.length)];
    boolean inOrder = random.nextBoolean();
    TreeMap<String, Inode> folder = new TreeMap<>(durableNames);
    for (FolderChange change : changes) {
      if (random.nextDouble() < survival) {
        change.applyTo(folder);
      } else if (inOrder) {
        break;
      }
    }
    changes.clear();
    names.clear();
    names.putAll(folder);
    durableNames.clear();
    durableNames.putAll(folder);
    names.values().forEach(inode -> inode.losePower(random, survival));
  }

  /// The process ends, but not the system: nothing is lost, nothing more is durable.
  public void kill() {
    restartProcess();
  }

  private void restartProcess() {
    process++;
    operationsUntilPowerLoss = NEVER;
    operationsUntilFailure = NEVER;
  }

  /// The power goes during the operation that follows this many others that change or sync
  /// something.
  public void losePowerAfter(int operations) {
    operationsUntilPowerLoss = operations;
  }

  /// The operation that follows this many others fails; those behind it succeed, as on a real disk.
  public void failAfter(int operations) {
    operationsUntilFailure = operations;
  }

  /// How much all files together may hold.
  public void limitCapacity(long bytes) {
    capacityBytes = bytes;
  }

  public void unlimitCapacity() {
    capacityBytes = NEVER;
  }

  /// What the file holds.
  public byte[] content(String name) {
    return inode(name).content.clone();
  }

  /// Alters bytes of a file behind its owner's back, durably.
  public void corrupt(String name, int offset, byte[] bytes) {
    Inode inode = inode(name);
    System.arraycopy(bytes, 0, inode.content, offset, bytes.length);
    inode.sync();
  }

  /// Removes a file behind its owner's back, durably.
  public void lose(String name) {
    names.remove(name);
    durableNames.remove(name);
  }

  private Inode inode(String name) {
    Inode inode = names.get(name);
    if (inode == null) {
      throw new DiskFailedException("open", name, "no such file", new IllegalStateException());
    }
    return inode;
  }

  @Override
  public String path() {
    return "disk";
  }

  @Override
  public List<String> names() {
    return List.copyOf(names.keySet());
  }

  @Override
  public SegmentFile create(String name) {
    if (names.containsKey(name)) {
      throw new DiskFailedException("create", name, "it exists", new IllegalStateException());
    }
    var inode = new Inode();
    change(new FolderChange(null, name, inode));
    failOrLosePower("create", name);
    return new OpenFile(name, inode);
  }

  @Override
  public SegmentFile open(String name) {
    return new OpenFile(name, inode(name));
  }

  @Override
  public void rename(SegmentFile file, String name) {
    var open = (OpenFile) file;
    if (names.containsKey(name)) {
      throw new DiskFailedException("rename to", name, "it exists", new IllegalStateException());
    }
    change(new FolderChange(open.name, name, open.inode));
    open.name = name;
    failOrLosePower("rename to", name);
  }

  @Override
  public void remove(SegmentFile file) {
    var open = (OpenFile) file;
    change(new FolderChange(open.name, null, open.inode));
    failOrLosePower("remove", open.name);
  }

  private void change(FolderChange change) {
    change.applyTo(names);
    changes.add(change);
  }

  @Override
  public void syncDirectory() {
    failOrLosePower("sync", path());
    changes.clear();
    durableNames.clear();
    durableNames.putAll(names);
  }

  private void failOrLosePower(String operation, String name) {
    if (operationsUntilPowerLoss-- == 0) {
      throw new PowerLost(operation + " " + name);
    }
    if (operationsUntilFailure-- == 0) {
      throw new DiskFailedException(
          operation, name, "input/output error", new IllegalStateException());
    }
  }

  private final class OpenFile implements SegmentFile {
    private final int owner = process;
    private final Inode inode;
    private String name;

    OpenFile(String name, Inode inode) {
      this.name = name;
      this.inode = inode;
    }

    private Inode live() {
      if (owner != process) {
        throw new IllegalStateException("the process that opened " + name + " is no more");
      }
      return inode;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String path() {
      return SimulatedDisk.this.path() + "/" + name;
    }

    @Override
    public long size() {
      return live().content.length;
    }

    @Override
    public void write(long offset, ByteBuffer bytes) {
      long grows = offset + bytes.remaining() - live().content.length;
      if (grows > 0 && grows > capacityBytes - usedBytes()) {
        throw new DiskFullException("write", path(), new IllegalStateException());
      }
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      inode.write((int) offset, copy);
      failOrLosePower("write", path());
    }

    @Override
    public int read(long offset, ByteBuffer into) {
      int count = Math.clamp(live().content.length - offset, 0, into.remaining());
      into.put(inode.content, (int) Math.min(offset, inode.content.length), count);
      return count;
    }

    @Override
    public void sync() {
      live();
      failOrLosePower("sync", path());
      inode.sync();
    }

    @Override
    public void truncate(long size) {
      if (size < live().content.length) {
        inode.resize((int) size);
      }
      failOrLosePower("truncate", path());
    }

    @Override
    public void close() {}
  }

  private long usedBytes() {
    return names.values().stream().mapToLong(inode -> inode.content.length).sum();
  }
}
