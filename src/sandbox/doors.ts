/** Where else the server listens. */
export interface Door {
  readonly port: number;
  stop(): void;
}

/**
 * Ports of single deployments: there a bare address means that one, for clients on machines that do not know `*.localhost`. They last until the
 * deployment is removed, or the server ends.
 */
export interface Doors {
  open(name: string): Promise<number>;
  portOf(name: string): number | undefined;
  /** The deployment that has the port of this host; of one that is gone, a name that nobody has. */
  behind(host: string): string | undefined;
  close(name: string): void;
}

export function createDoors(listen: () => Promise<Door>): Doors {
  const doors = new Map<string, Door>();
  /** Ports that were closed stay: a connection that outlives its fork must not reach the deployment of bare addresses. */
  const names = new Map<number, string>();
  return Object.freeze<Doors>({
    open: async (name) => {
      const door = await listen();
      doors.set(name, door);
      names.set(door.port, name);
      return door.port;
    },
    portOf: (name) => doors.get(name)?.port,
    behind: (host) => (names.size === 0 ? undefined : names.get(Number(/:(\d+)$/.exec(host)?.[1]))),
    close: (name) => {
      const door = doors.get(name);
      if (!door) return;
      doors.delete(name);
      names.set(door.port, '');
      door.stop();
    },
  });
}
