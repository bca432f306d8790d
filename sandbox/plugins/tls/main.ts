import { serve } from "../provider/server";
import { tlsPlugin } from "./plugin";

void serve(tlsPlugin);
