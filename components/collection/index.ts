export { Alloy, type AlloyArgs, type AlloySettings } from "./alloy";
