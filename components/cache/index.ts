export { Memcached, type MemcachedArgs } from "./memcached";
