import { serve } from "../provider/server";
import { randomPlugin } from "./plugin";

void serve(randomPlugin);
