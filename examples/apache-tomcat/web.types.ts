/** Written by `attitune types web.deployment.xml`; write it anew when the deployment changes. */
export interface Web {
  readonly classes: {
    readonly Apache: {
      readonly kind: 'class';
      readonly operations:
        | 'configure'
        | 'start'
        | 'ready'
        | 'reload'
        | 'drain'
        | 'admit'
        | 'stop'
        | 'restart'
        | 'list'
        | 'place'
        | 'fail'
        | 'stamp'
        | 'bind'
        | 'unbind';
      readonly attributes:
        'port' | 'folder' | 'binary' | 'modules' | 'user' | 'maxRequests' | 'workerTimeout' | 'connectTimeout' | 'pid';
      readonly steps: {
        readonly workers: 'Tomcat';
        readonly Tomcat: 'Tomcat';
        readonly node: 'servers';
        readonly servers: 'servers';
        readonly whole: 'Apache';
      };
    };
    readonly Machine: {
      readonly kind: 'class';
      readonly operations:
        | 'start'
        | 'stop'
        | 'suspend'
        | 'resume'
        | 'migrate'
        | 'scale'
        | 'alive'
        | 'list'
        | 'place'
        | 'fail'
        | 'stamp'
        | 'bind'
        | 'unbind';
      readonly attributes:
        | 'memory'
        | 'vcpus'
        | 'maxMemory'
        | 'maxVcpus'
        | 'image'
        | 'packages'
        | 'disk'
        | 'swap'
        | 'copy'
        | 'locked'
        | 'groups'
        | 'grace'
        | 'bootTimeout'
        | 'address'
        | 'home'
        | 'uuid'
        | 'whereabouts';
      readonly steps: {
        readonly node: 'servers';
        readonly servers: 'servers';
        readonly Tomcat: 'Tomcat';
        readonly inside: 'Tomcat';
        readonly whole: 'Machine' | 'Tomcat';
        readonly clients: 'Apache';
      };
    };
    readonly Tomcat: {
      readonly kind: 'class';
      readonly operations:
        'configure' | 'start' | 'ready' | 'warm' | 'stop' | 'list' | 'place' | 'fail' | 'stamp' | 'bind' | 'unbind';
      readonly attributes:
        'port' | 'folder' | 'home' | 'heap' | 'maxThreads' | 'statusPort' | 'statusFrom' | 'warmRequests' | 'pid';
      readonly steps: {
        readonly workers: 'Apache';
        readonly Apache: 'Apache';
        readonly node: 'Machine';
        readonly Machine: 'Machine';
        readonly whole: 'Tomcat';
        readonly clients: 'Apache';
      };
    };
    readonly servers: {
      readonly kind: 'hosts';
      readonly operations: 'list' | 'place' | 'fail' | 'stamp' | 'bind' | 'unbind';
      readonly attributes: never;
      readonly steps: {
        readonly Apache: 'Apache';
        readonly Machine: 'Machine';
        readonly inside: 'Apache' | 'Machine' | 'Tomcat';
        readonly whole: 'servers' | 'Apache' | 'Machine' | 'Tomcat';
        readonly clients: 'Apache';
      };
    };
  };
  readonly events:
    | 'overloaded'
    | 'calm'
    | 'vm.failed'
    | 'vm.doubled'
    | 'process.failed'
    | 'host.failed'
    | 'host.unreachable'
    | 'host.reachable'
    | 'policy.failed'
    | 'room.wanted';
  readonly goals:
    | 'relieve'
    | 'return'
    | 'gather'
    | 'evacuate'
    | 'elsewhere'
    | 'room'
    | 'balance'
    | 'hotspot'
    | 'drain'
    | 'scale-first'
    | 'order'
    | 'grow'
    | 'spare'
    | 'size'
    | 'restart'
    | 'group'
    | 'energy'
    | 'overbook'
    | 'closer'
    | 'consolidate';
}
