package io.kvorum.crds;

/// The names under which the types stand in the Kubernetes API.
public final class Api {

  public static final String GROUP = "kvorum.io";
  public static final String VERSION = "v1alpha1";

  private Api() {}
}
